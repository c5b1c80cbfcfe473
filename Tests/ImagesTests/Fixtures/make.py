"""Makes the files of this folder with Pillow: `python make.py`, run inside the folder."""
import json

import numpy as np
from PIL import Image

for mode, colour, name in (("L", 99, "grey.jpg"), ("CMYK", (1, 2, 3, 4), "cmyk.jpg")):
    Image.new(mode, (8, 8), colour).save(name, "JPEG", quality=50)

# Pictures without any smoothness, so that a wrong tap, weight or order of the axes shows.
cases = []
for width, height, sizes in ((7, 5, ((3, 2), (9, 8), (7, 1), (2, 11))), (61, 47, ((20, 13), (13, 50)))):
    pixels = np.fromfunction(lambda y, x, c: (x * 37 + y * 91 + c * 53) % 256, (height, width, 3)).astype(np.uint8)
    for name, resampling in (("bilinear", Image.BILINEAR), ("bicubic", Image.BICUBIC)):
        for size in sizes:
            resized = np.asarray(Image.fromarray(pixels).resize(size, resampling))
            cases.append(
                {
                    "filter": name,
                    "source": [width, height],
                    "width": size[0],
                    "height": size[1],
                    "pixels": resized.reshape(-1).tolist(),
                }
            )
with open("resized.json", "w") as file:
    json.dump(cases, file)
