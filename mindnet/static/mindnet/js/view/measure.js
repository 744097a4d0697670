/* What a browser finds out about a file before it is sealed, since no server can any more: how large a picture is, how long
   a recording, and a small picture of it.

     const { width, height, seconds, thumbnail } = await measure(blob, "image/png", 8000);   // thumbnail: a data URL, or null

   What it cannot read is a file like any other: all of it is null then. */

const PICTURE = /^image\/(avif|gif|jpeg|png|webp)$/, PLAYED = /^(audio|video)\//;
// Sides in px of a small picture, tried until one is small enough.
const SIDES = [240, 160, 96, 48];
const QUALITY = 0.6;
// A film whose beginning takes longer than this to read is sent without a picture.
const PATIENCE_MS = 5000;

const NOTHING = { width: null, height: null, seconds: null, thumbnail: null };

/** `most`: how many characters the thumbnail may have. */
export async function measure(blob, type, most) {
  try {
    if (PICTURE.test(type)) return await measurePicture(blob, most);
    if (PLAYED.test(type)) return await measurePlayed(blob, type.split("/", 1)[0], most);
  } catch {
    // Damaged, or of a kind that this browser does not read.
  }
  return NOTHING;
}

async function measurePicture(blob, most) {
  const picture = await createImageBitmap(blob), { width, height } = picture;
  const thumbnail = smaller(picture, width, height, most);
  picture.close();
  return { ...NOTHING, width, height, thumbnail };
}

async function measurePlayed(blob, kind, most) {
  const element = document.createElement(kind), url = URL.createObjectURL(blob);
  try {
    const seconds = await begun(element, url);
    const { videoWidth: width = 0, videoHeight: height = 0 } = element;
    if (!width || !height) return { ...NOTHING, seconds };
    return { width, height, seconds, thumbnail: smaller(element, width, height, most) };
  } finally {
    element.removeAttribute("src");
    URL.revokeObjectURL(url);
  }
}

/** Has the beginning of it there, and gives how long it is; null where that is not written in it. */
async function begun(element, url) {
  element.preload = "auto";
  element.muted = true;
  element.src = url;
  await once(element, "loadeddata");
  if (element.duration !== Infinity) return element.duration || null;
  // A browser that records does not write how long it was: whoever goes to the end knows.
  element.currentTime = Number.MAX_SAFE_INTEGER;
  await once(element, "durationchange");
  return Number.isFinite(element.duration) ? element.duration : null;
}

function once(element, name) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(reject, PATIENCE_MS, new Error("It takes too long."));
    element.addEventListener(name, () => { clearTimeout(timer); resolve(); }, { once: true });
    element.addEventListener("error", () => { clearTimeout(timer); reject(new Error("It cannot be read.")); }, { once: true });
  });
}

function smaller(source, width, height, most) {
  for (const side of SIDES) {
    const scale = Math.min(1, side / Math.max(width, height)), canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    canvas.getContext("2d").drawImage(source, 0, 0, canvas.width, canvas.height);
    const url = canvas.toDataURL("image/webp", QUALITY);
    // Where a browser writes no WebP it gives a PNG, which no other client would take.
    if (url.startsWith("data:image/webp") && url.length <= most) return url;
  }
  return null;
}
