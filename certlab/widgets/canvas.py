"""The one widget: it shows markup, and hands back the id of what is pressed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from ..errors import CertlabError
from ..views import CSS, Markup, static, tag


class Canvas(anywidget.AnyWidget):
    """Markup on the page, live: whatever has a ``data-id`` can be pressed, by mouse or keyboard.

    ``parts`` are pieces of markup by name, shown in their order; only what changed is drawn anew.
    ``status`` is read out to those who do not see the page. Nothing but markup and ids passes.
    """

    _esm = Path(__file__).with_name("canvas.js").read_text("utf-8")
    _css = CSS

    parts = traitlets.Dict(key_trait=traitlets.Unicode(), value_trait=traitlets.Unicode()).tag(
        sync=True
    )
    status = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    look = traitlets.Unicode().tag(sync=True)

    def __init__(self, on_press: Callable[[str], None] | None = None, **traits: Any) -> None:
        super().__init__(**traits)
        self._on_press = on_press
        self.on_msg(self._heard)

    def press(self, id: str) -> None:  # noqa: A002 - it is the id, in the page too
        """Do what pressing this id does."""
        if self._on_press is not None:
            self._on_press(id)

    def _heard(self, _: object, content: object, __: object) -> None:
        match content:
            case {"kind": "press", "id": str(id_)}:
                try:
                    self.press(id_)
                except CertlabError as error:
                    self.status = str(error)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Show the widget; where no widget can live, its picture of this moment."""
        shown = super()._repr_mimebundle_(**kwargs)
        bundle = shown[0] if isinstance(shown, tuple) else shown
        if bundle is not None:
            parts = [
                tag("div", Markup(markup), class_="cl-part", data_part=name)
                for name, markup in self.parts.items()
            ]
            bundle["text/html"] = static(tag("div", parts, class_=f"cl-parts {self.look}"))
        return shown
