"""Pressure of the machine: told while it lasts, and no longer, though avg10 takes half a minute to forget."""

from typing import Any

from memtui.model.findings.rules.shortage import PRESSURE


def fading(second: int) -> dict[str, Any]:
    """90 % for 20 s, and then nothing, which avg10 takes half a minute to show."""
    waited = min(second, 20) * 900_000
    some = 90.0 if second <= 20 else 90.0 * 0.905 ** (second - 20)
    return {"some": some, "stalled": (waited, 0)}


def test_what_is_over_is_closed_before_its_average_has_forgotten_it(scene: Any) -> None:
    found = scene.run(PRESSURE, 40, fading)
    assert found[20].open and found[22].open
    assert not found[35].open, "avg10 is 20 % then"


def test_a_kernel_without_totals_that_move_yet_is_judged_by_the_average(scene: Any) -> None:
    now = scene.run(PRESSURE, 0, {"some": 50.0})
    assert not now[0].open, "it has to last"
    assert scene.last(PRESSURE, 5, {"some": 50.0})


def test_how_much_all_waited_is_said_where_that_is_what_is_wrong(scene: Any) -> None:
    (finding,) = scene.last(PRESSURE, 10, {"some": 9.0, "full": 6.0})
    assert finding.title[-2] == ", all at once "
    (finding,) = scene.last(PRESSURE, 10, {"some": 12.0, "full": 1.0})
    assert ", all at once " not in finding.title
