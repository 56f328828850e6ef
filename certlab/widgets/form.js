// Fields on a canvas: what is typed goes to Python, and what Python says of each field comes back.
// The part that holds the fields is drawn once, so nothing disturbs somebody who types.
function form({ model, el }) {
  const leave = render({ model, el });
  const all = (selector) => [...el.querySelectorAll(selector)];
  const send = (control) => {
    clearTimeout(waiting?.timer);
    waiting = null;
    const field = control.dataset.field, ticket = Math.random();
    const value = control.type === "checkbox" ? control.checked : control.value;
    sent.set(field, ticket);
    model.send({ kind: "field", id: field, value, ticket });
  };
  let waiting = null; // the field whose last change Python has not been told yet
  const sent = new Map(); // what it was told last of each field, until it has heard that

  const show = () => {
    const values = model.get("values"), notes = model.get("notes");
    for (const note of all("[data-note]")) {
      const markup = notes[note.dataset.note] ?? "";
      if (note.markup !== markup) note.innerHTML = note.markup = markup;
    }
    const typing = el.getRootNode().activeElement, heard = model.get("heard");
    for (const [field, ticket] of sent) if (ticket === heard) sent.delete(field);
    // What Python says of a field that has changed since is an answer to something older.
    const changed = (field) => sent.has(field) || waiting?.control.dataset.field === field;
    for (const control of all("[data-field]")) {
      const name = control.dataset.field, value = values[name];
      if (notes[name] !== undefined)
        control.setAttribute("aria-invalid", notes[name].includes("cl-problem"));
      if (value === undefined || changed(name)) continue;
      if (control.type === "checkbox") control.checked = value;
      else if (control.type === "radio") control.checked = control.value === value;
      else if (control.value !== value && (control !== typing || control.tagName === "SELECT"))
        control.value = value;
    }
  };

  el.addEventListener("input", ({ target }) => {
    if (!target.dataset.field) return;
    if (waiting && waiting.control !== target) send(waiting.control);
    clearTimeout(waiting?.timer);
    const typed = target.matches("textarea, [type=text], [type=number]");
    const pause = target.dataset.pause ?? (typed ? 200 : 0);
    waiting = { control: target, timer: setTimeout(() => send(target), pause) };
  });
  // Before a button is heard, Python hears the field that was left for it.
  for (const kind of ["focusout", "click"])
    el.addEventListener(kind, () => waiting && send(waiting.control), true);

  // JupyterLab takes Enter or Ctrl+A for its own, even from a field: all it gets is Ctrl+S.
  el.addEventListener("keydown", (event) => {
    const saves = event.key === "s" && (event.ctrlKey || event.metaKey);
    if (event.target.dataset.field && !saves) event.stopPropagation();
  });

  const changes = ["change:parts", "change:values", "change:notes", "change:heard"];
  for (const name of changes) model.on(name, show);
  show();
  return () => {
    for (const name of changes) model.off(name, show);
    leave();
  };
}
export default { render: form };
