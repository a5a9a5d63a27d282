// Gets a session with `fetch`. `brd-sessions conform --help` has the rules.
const { SESSIONS_BASE_URL, SESSION_ID, BRIGHTDATA_API_KEY, TIMEOUT } = process.env;
const STATUSES = { 401: 4, 403: 4, 404: 3, 407: 4, 408: 5 };
const LIMIT = 8 << 20;

async function main() {
  const url = `${SESSIONS_BASE_URL}/browser_sessions/${encodeURIComponent(SESSION_ID)}`;
  const options = {
    headers: { authorization: `Bearer ${BRIGHTDATA_API_KEY}` },
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT * 1000),
  };
  let body = "";
  try {
    const response = await fetch(url, options);
    if (response.status !== 200) return STATUSES[response.status] ?? 6;
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    for await (const chunk of response.body) {
      body += decoder.decode(chunk, { stream: true });
      if (body.length > LIMIT) return 6;
    }
  } catch (error) {
    return error instanceof TypeError && error.code === "ERR_ENCODING_INVALID_ENCODED_DATA" ? 6 : 5;
  }
  try {
    if (!JSON.parse(body).session.session_id) return 6;
  } catch {
    return 6;
  }
  process.stdout.write(body);
  return 0;
}

process.exitCode = await main();
// An aborted response can hold the connection open.
setImmediate(() => process.exit());
