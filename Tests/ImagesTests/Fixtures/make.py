"""Makes the files of this folder with Pillow: `python make.py`, run inside the folder."""
import json

import numpy as np
from PIL import Image

for mode, colour, name in (("L", 99, "grey.jpg"), ("CMYK", (1, 2, 3, 4), "cmyk.jpg")):
    Image.new(mode, (8, 8), colour).save(name, "JPEG", quality=50)

# A picture without any smoothness, so that a wrong tap or weight shows.
pixels = np.fromfunction(lambda y, x, c: (x * 37 + y * 91 + c * 53) % 256, (5, 7, 3)).astype(np.uint8)
cases = []
for name, resampling in (("bilinear", Image.BILINEAR), ("bicubic", Image.BICUBIC)):
    for size in ((3, 2), (9, 8), (7, 1), (2, 11)):
        resized = np.asarray(Image.fromarray(pixels).resize(size, resampling))
        cases.append({"filter": name, "width": size[0], "height": size[1], "pixels": resized.reshape(-1).tolist()})
with open("resized.json", "w") as file:
    json.dump(cases, file)
