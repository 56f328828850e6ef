"""Every notebook as a whole can be read by everybody, in both themes, and enlarged to 200 %.

A notebook is run once. Everything in it is unfolded, then the page changes its theme and width.
On so large a page axe-core takes minutes over contrast alone, so the page is asked for that: the
tests of each panel let axe-core look at it too.
"""

import pytest

import lab

pytestmark = pytest.mark.browser

NOTEBOOKS = sorted(path.name for path in (lab.ROOT / "notebooks").glob("*.ipynb"))
EACH = "[...document.querySelectorAll('.jp-Notebook .certlab *')]"
# What stands out of its place, but for pictures, what is hidden, and what may be scrolled.
STICKS_OUT = f"""() => {EACH}
  .filter(node => !node.closest('svg, .cl-hidden') && node.clientWidth > 0
    && getComputedStyle(node).overflowX === 'visible' && node.scrollWidth > node.clientWidth + 2)
  .map(node => `${{node.localName}}.${{node.className}}, ${{node.scrollWidth}} of `
    + `${{node.clientWidth}}: ${{node.textContent.slice(0, 60)}}`)"""
# What must be scrolled sideways and is not reached by the keyboard: the browser sees to that.
NOT_REACHED = f"""() => {EACH}
  .filter(node => node.matches('.cl-scroll, .cl-across'))
  .filter(node => node.scrollWidth > node.clientWidth + 2 && !node.querySelector('[tabindex]'))
  .filter(node => {{ node.focus(); return document.activeElement !== node; }})
  .map(node => node.textContent.slice(0, 60))"""
# Words whose contrast to what is behind them is less than 4.5 (WCAG 2.2, 1.4.3).
FAINT = f"""() => {{
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => parts(colour).slice(0, 3)
    .map(part => part / 255)
    .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, n) => sum + part * [0.2126, 0.7152, 0.0722][n], 0);
  const behind = (node) => {{
    const colour = getComputedStyle(node).backgroundColor;
    return (parts(colour)[3] ?? 1) > 0 ? colour : behind(node.parentElement);
  }};
  const contrast = (one, other) => {{
    const [less, more] = [light(one), light(other)].sort((a, b) => a - b);
    return (more + 0.05) / (less + 0.05);
  }};
  const says = (node) => [...node.childNodes].some(one => one.nodeType === 3 && one.data.trim());
  return {EACH}
    .filter(node => !node.closest('svg, .cl-hidden, option') && says(node))
    .filter(node => contrast(getComputedStyle(node).color, behind(node)) < 4.5)
    .map(node => `${{node.localName}}.${{node.className}}: ${{node.textContent.slice(0, 60)}}`);
}}"""


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_can_be_read_by_everybody(workbook, name):
    page = workbook.page
    workbook.open(name)
    page.keyboard.press("Control+b")  # the file browser makes room
    workbook.run_all()
    page.evaluate(f"{EACH}.forEach(node => {{ if (node.matches('details')) node.open = true; }})")
    assert page.evaluate(STICKS_OUT) == []
    assert page.evaluate(FAINT) == []
    assert workbook.accessibility_faults(".jp-Notebook .certlab", "color-contrast") == []

    workbook.wear("dark")
    page.set_viewport_size({"width": 640, "height": 500})  # 1280 by 1000 at 200 %
    page.wait_for_timeout(500)
    assert page.evaluate(STICKS_OUT) == []
    assert page.evaluate(NOT_REACHED) == []
    assert page.evaluate(FAINT) == []
