#!/usr/bin/python3
"""Draws the package's icons: a mask under the stage's curtain, and its understudy behind it.

    universe/icons/draw.py [DIR]

Needs Debian's python3-pil. The PNGs are committed; this is run again when the drawing changes.
"""

import pathlib
import sys

from PIL import Image, ImageDraw

# Of the package's three sizes, as its README has them; each also twice as large for dense screens.
SIZES = {"small": 48, "medium": 96, "large": 256}
# What is drawn, before it is made smaller: edges are smooth then.
CANVAS = 2048

STAGE = (38, 28, 64, 255)
LIGHT = (74, 56, 120, 255)
CURTAIN = (196, 46, 66, 255)
FOLD = (150, 28, 52, 255)
UNDERSTUDY = (150, 140, 196, 255)
MASK = (255, 244, 222, 255)


def mask(size, face, hole):
    """A face on nothing: a brow, cheeks that run to a chin, two eyes and a smile."""
    image = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0.08 * size, 0.02 * size, 0.92 * size, 0.55 * size), radius=0.12 * size, fill=face)
    draw.ellipse((0.08 * size, 0.02 * size, 0.92 * size, 0.98 * size), fill=face)
    for left in (0.22, 0.56):
        box = (left * size, 0.28 * size, (left + 0.22) * size, 0.46 * size)
        draw.chord(box, 180, 360, fill=hole)
    draw.chord((0.27 * size, 0.40 * size, 0.73 * size, 0.84 * size), 15, 165, fill=hole)
    return image


def curtain(draw):
    """A valance with scallops along the top, and a drape on either side."""
    step = CANVAS // 4
    for column in range(4):
        left = column * step
        draw.ellipse((left, 60, left + step, 440), fill=FOLD if column % 2 else CURTAIN)
    draw.rectangle((0, 0, CANVAS, 240), fill=CURTAIN)
    for side in (-1, 1):
        centre = CANVAS // 2
        outer, inner, hem = (centre + side * distance for distance in (1024, 800, 930))
        draw.polygon([(outer, 200), (inner, 200), (hem, CANVAS), (outer, CANVAS)], fill=CURTAIN)
        draw.polygon([(centre + side * 900, 240), (inner, 240), (hem, CANVAS)], fill=FOLD)


def icon():
    image = Image.new("RGBA", (CANVAS, CANVAS), STAGE)
    draw = ImageDraw.Draw(image)
    draw.ellipse((180, 480, 1868, 2168), fill=LIGHT)
    image.alpha_composite(mask(1000, UNDERSTUDY, STAGE).rotate(-12, Image.Resampling.BICUBIC), (830, 500))
    image.alpha_composite(mask(1180, MASK, STAGE).rotate(8, Image.Resampling.BICUBIC), (250, 720))
    curtain(draw)
    corners = Image.new("L", (CANVAS, CANVAS), 0)
    ImageDraw.Draw(corners).rounded_rectangle((0, 0, CANVAS - 1, CANVAS - 1), radius=CANVAS // 7, fill=255)
    image.putalpha(corners)
    return image


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent
    drawing = icon()
    for name, size in SIZES.items():
        for suffix, factor in (("", 1), ("@2x", 2)):
            pixels = size * factor
            small = drawing.resize((pixels, pixels), Image.Resampling.LANCZOS)
            small.save(folder / f"understudy-{name}{suffix}.png", optimize=True)


if __name__ == "__main__":
    main()
