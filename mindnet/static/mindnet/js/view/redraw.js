/* A picture drawn anew: nothing comes along but what one sees. Of a film of pictures it is the first. */

const QUALITY = 0.92;

/** A WebP, or where a browser writes none, a PNG. Raises where it cannot be read, or is too large to be drawn. */
export async function redraw(blob) {
  const picture = await createImageBitmap(blob), canvas = document.createElement("canvas");
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext("2d").drawImage(picture, 0, 0);
  picture.close();
  const drawn = await new Promise((resolve) => canvas.toBlob(resolve, "image/webp", QUALITY));
  if (!drawn) throw new Error("It cannot be drawn.");
  return drawn;
}
