// What Python hands out is saved where the browser puts downloads.
function planner({ model, el }) {
  const leave = transfer({ model, el });
  const save = (content, buffers) => {
    if (content?.kind !== "save") return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(buffers, { type: content.type }));
    link.download = content.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  model.on("msg:custom", save);
  return () => { model.off("msg:custom", save); leave(); };
}
export default { render: planner };
