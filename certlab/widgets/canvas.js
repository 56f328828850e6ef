// Shows markup made in Python and says which id was pressed. It knows nothing of certificates.
function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "certlab cl-host";
  root.dataset.lmSuppressShortcuts = "true"; // arrows and Enter are ours, not the notebook's
  const grid = root.appendChild(document.createElement("div"));
  const status = root.appendChild(document.createElement("div"));
  status.className = "cl-hidden";
  status.setAttribute("role", "status");
  el.append(root);

  const parts = new Map();
  const all = (node, selector) => [...node.querySelectorAll(selector)];
  const press = (id) => model.send({ kind: "press", id });

  function draw() {
    grid.className = `cl-parts ${model.get("look")}`;
    grid.setAttribute("role", "group");
    grid.setAttribute("aria-label", model.get("label"));
    const wanted = model.get("parts");
    for (const [name, part] of parts) if (!(name in wanted)) { part.node.remove(); parts.delete(name); }
    for (const [n, [name, markup]] of Object.entries(wanted).entries()) {
      if (!parts.has(name)) {
        const later = Object.keys(wanted).slice(n + 1).find((other) => parts.has(other));
        const node = grid.insertBefore(document.createElement("div"), parts.get(later)?.node ?? null);
        node.className = "cl-part";
        node.dataset.part = name;
        parts.set(name, { node, markup: null, view: null, drawn: document.createDocumentFragment() });
      }
      if (parts.get(name).markup !== markup) redraw(parts.get(name), markup);
    }
  }

  // What is another in the new markup is changed on the page, and nothing else is laid out again.
  function patch(live, was, now) {
    const [shown, before, after] = [live, was, now].map((node) => [...node.childNodes]);
    if (shown.length !== before.length || before.length !== after.length)
      return live.replaceChildren(...document.importNode(now, true).childNodes);
    shown.forEach((child, n) => {
      const [old, fresh] = [before[n], after[n]];
      if (old.isEqualNode(fresh)) return;
      if (old.nodeType !== Node.ELEMENT_NODE || old.nodeName !== fresh.nodeName)
        return child.replaceWith(document.importNode(fresh, true));
      for (const { name } of old.attributes) if (!fresh.hasAttribute(name)) child.removeAttribute(name);
      for (const { name, value } of fresh.attributes)
        if (old.getAttribute(name) !== value) child.setAttribute(name, value);
      patch(child, old, fresh);
    });
  }

  // New markup in an old place: focus, scrolling, what is unfolded and the zoom stay.
  function redraw(part, markup) {
    const { node } = part, first = part.markup === null;
    const active = root.getRootNode().activeElement;
    const focused = node.contains(active) && handle(active);
    const scrolled = all(node, ".cl-scroll").map((s) => [s.scrollLeft, s.scrollTop]);
    const unfolded = new Set(all(node, "details[open]").map((d) => d.dataset.key));
    const fresh = document.createElement("template");
    fresh.innerHTML = part.markup = markup;
    node.querySelector(".cl-tools")?.remove(); // the canvas adds its own things again
    patch(node, part.drawn, fresh.content);
    part.drawn = fresh.content;
    for (const d of all(node, "details")) if (unfolded.has(d.dataset.key)) d.open = true;
    for (const child of all(node, "[data-id]:not(button)")) {
      child.setAttribute("role", "button");
      child.setAttribute("tabindex", "-1");
      child.closest("svg")?.setAttribute("role", "group");
    }
    all(node, "pre.cl-code").forEach(copiable);
    const roving = all(node, "[data-id][tabindex]");
    (roving.find((r) => r.ariaCurrent) ?? roving[0])?.setAttribute("tabindex", "0");
    all(node, ".cl-scroll").forEach((s, n) => { if (scrolled[n]) [s.scrollLeft, s.scrollTop] = scrolled[n]; });
    const map = node.querySelector("svg.cl-zoom");
    map?.setAttribute("viewBox", part.drawn.querySelector("svg.cl-zoom").getAttribute("viewBox"));
    if (map) zoomable(part, map);
    if (!first && root.contains(active)) node.querySelector("[data-attend]")?.scrollIntoView({ block: "nearest" });
    if (focused !== false) {
      const again = (focused && node.querySelector(focused))
        || node.querySelector("button[data-id]:not([aria-disabled=true]), [data-id][tabindex='0']");
      again?.focus({ preventScroll: true });
    }
  }

  // How to find again what has the focus, after everything around it was drawn anew.
  function handle(node) {
    if (node.localName === "summary") return `[data-key="${CSS.escape(node.parentNode.dataset.key)}"] > summary`;
    const one = node.type === "radio" ? `[value="${CSS.escape(node.value)}"]` : "";
    for (const name of ["id", "tool", "field"])
      if (name in node.dataset) return `[data-${name}="${CSS.escape(node.dataset[name])}"]${one}`;
    return node.ariaLabel ? `${node.localName}[aria-label="${CSS.escape(node.ariaLabel)}"]` : "";
  }

  function copiable(listing, number) {
    if (listing.nextElementSibling?.matches(".cl-copy")) return;
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "cl-button cl-copy", textContent: "Copy" });
    button.dataset.tool = `Copy ${number}`;
    button.onclick = async () => {
      try {
        await navigator.clipboard.writeText(listing.textContent);
        button.textContent = "Copied";
      } catch { // a page that is not on localhost or https has no clipboard
        getSelection().selectAllChildren(listing);
        button.textContent = "Selected: press Ctrl+C";
      }
    };
    listing.after(button);
  }

  // Zoom by buttons, by + - 0, or by Ctrl and the wheel; then pan by dragging or with the arrows.
  function zoomable(part, map) {
    const whole = map.getAttribute("viewBox").split(" ").map(Number);
    if (String(part.whole) !== String(whole)) part.view = null;
    part.whole = whole;
    const show = () => map.setAttribute("viewBox", (part.view ?? whole).join(" "));
    part.zoom = (factor) => {
      const [x, y, w, h] = part.view ?? whole;
      const width = Math.min(whole[2], Math.max(whole[2] / 8, w / factor)), height = (h * width) / w;
      part.view = width === whole[2] ? null : [x + (w - width) / 2, y + (h - height) / 2, width, height];
      show();
    };
    part.reveal = (node) => {
      if (!part.view) return;
      const [x, y, w, h] = part.view, box = map.getBoundingClientRect(), r = node.getBoundingClientRect();
      const dx = ((r.x + r.width / 2 - box.x) / box.width - 0.5) * w;
      const dy = ((r.y + r.height / 2 - box.y) / box.height - 0.5) * h;
      if (Math.abs(dx) > w / 2 || Math.abs(dy) > h / 2) part.view = [x + dx, y + dy, w, h];
      show();
    };
    const tools = part.node.appendChild(document.createElement("div"));
    tools.className = "cl-tools";
    for (const [sign, label, factor] of [["+", "Zoom in", 1.4], ["−", "Zoom out", 1 / 1.4], ["⤢", "Show all", 0.01]]) {
      const button = tools.appendChild(document.createElement("button"));
      Object.assign(button, { type: "button", className: "cl-button cl-tool", textContent: sign, title: label });
      button.setAttribute("aria-label", label);
      button.dataset.tool = label;
      button.onclick = () => part.zoom(factor);
    }
    map.onwheel = (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      part.zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15);
    };
    map.onpointerdown = (event) => {
      if (!part.view || event.target.closest("[data-id]")) return;
      const [x, y, w, h] = part.view, scale = w / map.clientWidth;
      map.setPointerCapture(event.pointerId);
      map.onpointermove = (move) => {
        part.view = [x - (move.clientX - event.clientX) * scale, y - (move.clientY - event.clientY) * scale, w, h];
        show();
      };
      map.onpointerup = map.onpointercancel = () => { map.onpointermove = null; };
    };
    show();
  }

  // The nearest one in the arrow's direction, by where they stand on the screen.
  function neighbour(from, key) {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    const centre = (node) => { const r = node.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; };
    const [x, y] = centre(from);
    let best = null, least = Infinity;
    for (const other of all(from.closest(".cl-part"), "[data-id][tabindex]")) {
      const [ox, oy] = centre(other), along = (ox - x) * dx + (oy - y) * dy;
      const distance = along + 2 * Math.abs((ox - x) * dy) + 2 * Math.abs((oy - y) * dx);
      if (along > 1 && distance < least) [best, least] = [other, distance];
    }
    return best;
  }

  root.addEventListener("click", (event) => {
    const target = event.target.closest("[data-id]");
    if (target && target.ariaDisabled !== "true") press(target.dataset.id);
  });
  root.addEventListener("keydown", (event) => {
    const part = parts.get(event.target.closest(".cl-part")?.dataset.part);
    const factor = { "+": 1.4, "-": 1 / 1.4, 0: 0.01 }[event.key];
    if (part?.zoom && factor && !event.ctrlKey && !event.metaKey) part.zoom(factor);
    const target = event.target.closest("[data-id][tabindex]");
    if (!target) return;
    if (event.key.startsWith("Arrow")) {
      const next = neighbour(target, event.key);
      if (next) { target.setAttribute("tabindex", "-1"); next.setAttribute("tabindex", "0"); next.focus(); part?.reveal?.(next); }
    } else if (event.key === "Enter" || event.key === " ") press(target.dataset.id);
    else return;
    event.preventDefault();
  });
  // What stands for the same thing in another part lights up with it.
  const light = (event) => {
    const id = event.type === "pointerover" && event.target.closest("[data-id]")?.dataset.id;
    for (const node of all(root, ".cl-hover")) node.classList.remove("cl-hover");
    if (id) for (const node of all(root, `[data-id="${CSS.escape(id)}"]`)) node.classList.add("cl-hover");
  };
  root.addEventListener("pointerover", light);
  root.addEventListener("pointerleave", light);

  const say = () => { status.textContent = model.get("status"); };
  const changes = { "change:parts": draw, "change:look": draw, "change:label": draw, "change:status": say };
  for (const [name, change] of Object.entries(changes)) model.on(name, change);
  draw();
  say();
  return () => { for (const [name, change] of Object.entries(changes)) model.off(name, change); };
}
export default { render };
