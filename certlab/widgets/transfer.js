// Files and secrets on a form. Files are sent one by one; a secret is sent once, and wiped here.
const LIMIT = 4 * 1024 * 1024, MOST = 200; // the server takes no larger message; nor is there need
function transfer({ model, el }) {
  const leave = form({ model, el });
  const secrets = () => [...el.querySelectorAll("[data-secret]")];
  const tell = () => {
    for (const field of secrets()) {
      if (!field.value) continue;
      model.send({ kind: "secret", id: field.dataset.secret, value: field.value });
      field.value = "";
    }
  };
  const bring = async (files) => {
    tell();
    model.send({ kind: "files", left: Math.max(files.length - MOST, 0) });
    for (const file of [...files].slice(0, MOST)) {
      let data = null; // of a folder, or of what is too large
      if (file.size <= LIMIT) data = await file.arrayBuffer().catch(() => null);
      const content = { kind: "file", id: file.name, size: file.size };
      model.send(content, undefined, data ? [data] : []);
    }
    model.send({ kind: "press", id: "do:read" });
  };
  el.addEventListener("click", (event) => { if (event.target.closest("button[data-id]")) tell(); }, true);
  el.addEventListener("change", async ({ target }) => {
    if (target.dataset.files === undefined) return;
    await bring(target.files);
    target.value = "";
  });
  for (const kind of ["dragenter", "dragover", "drop"])
    el.addEventListener(kind, (event) => {
      if (!event.target.closest("[data-drop]")) return;
      event.preventDefault();
      event.stopPropagation();
      if (kind === "drop") bring(event.dataTransfer.files);
    });
  el.addEventListener("keydown", (event) => {
    const saves = event.key === "s" && (event.ctrlKey || event.metaKey);
    if (event.target.dataset.secret && !saves) event.stopPropagation();
  });
  return leave;
}
export default { render: transfer };
