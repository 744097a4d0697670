/* The few things asked by REST: pages of messages, who is online, whether one is still signed in. */

export async function getJson(path, params = {}) {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
  const response = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!response.ok) throw Object.assign(new Error(`${response.status} from ${path}`), { status: response.status });
  return response.json();
}

export function fetchPage(room, params) {
  return getJson(`/rooms/${room}/messages`, params);
}

/** False only if the server says so: a network that does not answer is no reason to sign somebody out. */
export async function isSignedIn() {
  try {
    await getJson("/presence/me");
    return true;
  } catch (error) {
    return error.status !== 401;
  }
}
