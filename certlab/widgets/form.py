"""A canvas with fields: what is typed comes to Python, what is wrong with it goes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import traitlets

from ..views import CSS, FORM_CSS, Markup, static
from .canvas import Canvas

_HERE = Path(__file__).parent


def _source() -> str:
    """The canvas' module with the fields' on top of it: a widget has one module."""
    canvas = (_HERE / "canvas.js").read_text("utf-8")
    return canvas.replace("export default { render };", (_HERE / "form.js").read_text("utf-8"))


class Form(Canvas):
    """A canvas in which whatever has a ``data-field`` can be filled in.

    ``values`` are what stands in the fields: texts, and true or false for a check box. ``notes``
    are the markup shown where a ``data-note`` of that name stands. Both change without a redraw
    of the part that holds the fields. ``heard`` is the ticket of the last change that was dealt
    with: until then the page keeps what somebody has just filled in.
    """

    _esm = _source()
    _css = CSS + FORM_CSS

    values = traitlets.Dict(key_trait=traitlets.Unicode()).tag(sync=True)
    notes = traitlets.Dict(key_trait=traitlets.Unicode()).tag(sync=True)
    heard = traitlets.Float().tag(sync=True)

    def __init__(
        self,
        on_press: Callable[[str], None] | None = None,
        on_field: Callable[[str, str | bool], None] | None = None,
        **traits: Any,
    ) -> None:
        super().__init__(on_press, **traits)
        self._on_field = on_field

    @property
    def _prefix(self) -> str:
        """What the ids of its fields begin with: no other widget of the page has them."""
        return f"cl-{self.model_id[:8]}"

    def fill(self, field: str, value: str | bool) -> None:
        """Do what filling in this field does."""
        if self._on_field is not None:
            self._on_field(field, value)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """As of a canvas; where no widget can live, without the fields, which nobody could fill."""
        shown = super()._repr_mimebundle_(**kwargs)
        bundle = shown[0] if isinstance(shown, tuple) else shown
        if bundle is not None:
            parts = (Markup(part) for part in self.parts.values() if "data-field" not in part)
            bundle["text/html"] = static(*parts)
        return shown

    def _heard(self, widget: object, content: object, buffers: object) -> None:
        match content:
            case {"kind": "field", "id": str(field), "value": str() | bool() as value, **more}:
                try:
                    self.fill(field, value)
                finally:
                    ticket = more.get("ticket")
                    self.heard = ticket if isinstance(ticket, float) else self.heard
            case _:
                super()._heard(widget, content, buffers)
