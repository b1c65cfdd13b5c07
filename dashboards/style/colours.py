"""The colours, by names that fit light and dark, and the steps at which a value takes another one."""

from oddswatch.json_types import Json

GREEN, YELLOW, ORANGE, RED, BLUE, GREY = "green", "yellow", "orange", "red", "blue", "text"


def steps(base: str, *higher: tuple[float, str]) -> list[Json]:
    """Threshold steps: a colour from minus infinity on, then one from each value on."""
    return [{"color": base, "value": None}, *({"color": colour, "value": value} for value, colour in higher)]


def thresholds(levels: list[Json]) -> Json:
    """Steps as a field's property of Grafana's."""
    return {"mode": "absolute", "steps": levels}


#: Below zero is red, from zero on green: profit, yield, closing line value. What is not known is grey.
GAIN = steps(GREY, (-1e9, RED), (0, GREEN))
#: Below zero is red, and above it nothing is said: for what a verdict calls good, and not its sign.
LOSS = steps(GREY, (-1e9, RED), (0, GREY))
