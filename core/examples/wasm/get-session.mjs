// Gets a session with the module. `brd-sessions conform --help` has the rules.
import { getSession } from "./target/pkg/brightdata_sessions_wasm.js";

const { SESSIONS_BASE_URL, SESSION_ID, BRIGHTDATA_API_KEY, TIMEOUT, RETRIES } = process.env;
const STATUSES = { not_found: 3, unauthorized: 4, connection: 5, timeout: 5 };

try {
  const session = getSession(SESSIONS_BASE_URL, BRIGHTDATA_API_KEY, SESSION_ID, Number(TIMEOUT), Number(RETRIES ?? 0));
  process.stdout.write(await session);
} catch (error) {
  console.error(error.message);
  process.exitCode = STATUSES[error.kind] ?? 6;
}
// An aborted response can hold the connection open.
setImmediate(() => process.exit());
