//! `doctor`: checks the configuration, the way to the service, and the service's responses.

use std::time::Duration;

use brightdata_sessions::http::Uri;
use brightdata_sessions::{Api, ApiKey, BaseUrl, EnvProxy, GetSession, ListSessions, RetryPolicy};

use brightdata_sessions_ureq::ureq::tls::TlsConfig;

use self::check::{Check, Subject};
use self::network::Peer;
use self::report::Report;
use self::service::Received;
use crate::args::Args;
use crate::error::CliError;
use crate::shared_guard::SharedGuard;
use crate::terminal::Terminal;
use crate::{certificates, connect, demo, key};

mod check;
mod clock;
mod config;
mod deviations;
mod guard;
mod handshake;
mod headers;
mod issuer;
mod network;
mod report;
mod service;
mod tls;

pub(crate) const HELP: &str = "\
Checks in this order: the key (never shown), the base URL, the proxy of the environment, the way to the service (DNS, TCP,
TLS with the issuer of the certificate), this machine's clock, and the rate guard that processes share. Then it sends at
most 2 requests, without retries: a list of one session, and that session by its id. It compares both responses with the
service's documentation.

Each check is one of: ok, note (nothing is broken), problem (with what to do), or skipped. The report contains no key, no
value of a session except undocumented words, and only those headers that concern limits, ids and the server. It does show
the base URL, and the host and port of the proxy.

With --json, prints one object per check, on one line:
  check    key, base_url, proxy, dns, tcp, tls, clock, guard, list, session, deviations
  result   ok, note, problem or skipped
  reason   a sentence
  advice   what to do, if there is something to do
  details  an object whose members depend on the check, such as issuer, ms, status, headers or deviations
The last line is {\"summary\":{\"ok\":…,\"notes\":…,\"problems\":…,\"skipped\":…,\"requests\":…,\"exit_status\":…}}.

Exit status: that of the worst problem, which is the highest one:
  0   no problem
  2   the configuration: key, base URL, proxy variable or clock
  4   the service refused the key
  5   the connection: DNS, TCP, proxy, TLS, or no complete response
  6   the service: a rate limit, another error status, or a response that deviates from the documentation

Examples:
  brd-sessions doctor
  brd-sessions doctor --json > report.jsonl
  brd-sessions --demo doctor";

/// The exit statuses of problems. Those of requests are the statuses of their errors.
const CONFIGURATION: u8 = 2;
const CONNECTION: u8 = 5;
const SERVICE: u8 = 6;

/// The number of requests that are sent if all is well.
const MAX_REQUESTS: u8 = 2;
/// The longest time to wait for a turn at the rate guard.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// The time limit of each step on the way to the service, unless `--timeout` is shorter.
const STEP_LIMIT: Duration = Duration::from_secs(10);

/// Runs all checks, and returns the exit status.
pub(crate) fn run(args: &Args) -> Result<u8, CliError> {
    let common = &args.common;
    // Dropping the fake stops it, so it must outlive the requests.
    let fake = if common.demo { Some(demo::start(&args.command)?) } else { None };
    let (key, base_url) = match &fake {
        Some(fake) => (Ok(demo::key()?), fake.base_url()),
        None => {
            let base_url = common.base_url.clone().unwrap_or_default();
            (key::find(&base_url).map_err(CliError::from), base_url)
        }
    };
    let trust = certificates::tls_config(&base_url, common.cacert.as_deref())?;
    let terminal = Terminal::new(key.as_ref().ok(), common.json);
    let announcement = format!(
        "brd-sessions {} on {}: sends at most {MAX_REQUESTS} requests to {base_url}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
    );
    let mut report = Report::start(&terminal, &announcement)?;

    let no_key = report.add(&config::key(&key, common.demo))?;
    report.add(&config::base_url(&base_url, common.demo))?;
    let proxy = EnvProxy::find(&base_url, std::env::var_os);
    let no_proxy = report.add(&config::proxy(&base_url, &proxy))?;
    let limit = common.timeout.min(STEP_LIMIT);
    let no_way = way(&mut report, &base_url, proxy.ok().flatten().as_ref(), no_proxy, &trust, limit)?;

    // A request needs a key, and the checks before it need none.
    let api = match &key {
        Ok(key) => Api::new(key.clone()),
        Err(_) => Api::new(ApiKey::new("none")?),
    };
    let retry = RetryPolicy::default().with_retries(0).with_time_limit(LONGEST_WAIT);
    let api = api.with_base_url(base_url).with_retry(retry);
    let guard = guard_check(args, &api);
    // In the order of the report: the clock is compared with the response to a request that the guard
    // must allow.
    let no_turn = matches!(guard.outcome, check::Outcome::Problem(_)).then_some(Subject::Guard);
    if let Some(because_of) = no_key.or(no_way).or(no_turn) {
        let later = |subject| Check::blocked(subject, because_of);
        // The guard is the next check.
        if because_of == Subject::Guard {
            report.add(&Check::not_made(Subject::Clock, "not checked, because no request may be sent"))?;
        } else {
            report.add(&later(Subject::Clock))?;
        }
        report.add(&guard)?;
        report.add(&later(Subject::List))?;
        report.add(&later(Subject::Session))?;
        report.add(&later(Subject::Deviations))?;
        return report.finish();
    }
    requests(report, args, api, &guard)
}

/// Checks each step on the way to the service. Returns the first one with a problem.
fn way(
    report: &mut Report<'_>,
    base_url: &BaseUrl,
    proxy: Option<&EnvProxy>,
    no_proxy: Option<Subject>,
    trust: &TlsConfig,
    limit: Duration,
) -> Result<Option<Subject>, CliError> {
    let proxy_address = proxy.map(|proxy| authority(&format!("http://{proxy}")));
    let (host, port) = proxy_address.clone().unwrap_or_else(|| host_and_port(base_url));
    let peer = Peer { host: &host, port, is_proxy: proxy.is_some() };
    let mut failed = no_proxy;
    let mut addresses = Vec::new();
    for subject in [Subject::Dns, Subject::Tcp, Subject::Tls] {
        let check = match (failed, subject) {
            (Some(because_of), _) => Check::blocked(subject, because_of),
            (None, Subject::Dns) => {
                let (check, found) = peer.dns(limit);
                addresses = found;
                check
            }
            (None, Subject::Tcp) => peer.tcp(&addresses, limit),
            (None, _) if !base_url.is_https() => {
                Check::ok(subject, "not used, because the base URL uses http")
            }
            (None, _) => tls::check(base_url, proxy, trust, limit),
        };
        let problem = report.add(&check)?;
        failed = failed.or(problem);
    }
    Ok(failed)
}

fn guard_check(args: &Args, api: &Api) -> Check {
    let why_not = if args.common.demo {
        "the limit of a fake is not that of the service"
    } else if args.common.no_shared_guard {
        "--no-shared-guard is set"
    } else {
        "there is no folder for the state"
    };
    let is_shared = !args.common.demo && !args.common.no_shared_guard;
    guard::check(api, is_shared.then(|| SharedGuard::new(api)).flatten().as_ref(), why_not)
}

/// Sends the requests and checks their responses.
fn requests(mut report: Report<'_>, args: &Args, api: Api, guard: &Check) -> Result<u8, CliError> {
    let client = connect::client(&args.common, api)?;
    let terminal = report.terminal;
    let list = service::call(&client, ListSessions::new().limit(1));
    if list.is_sent {
        report.count_request();
    }
    report.add(&clock::check(list.received.as_ref()))?;
    report.add(guard)?;
    let no_list = report.add(&service::list(&list, &client, terminal))?;
    let newest = list.result.ok().and_then(|page| page.sessions.into_iter().next());
    let mut session = None;
    let check = match (no_list, newest) {
        (Some(because_of), _) => Check::blocked(Subject::Session, because_of),
        (None, None) => Check::not_made(Subject::Session, "not checked, because there is no session"),
        (None, Some(newest)) => {
            let exchange = service::call(&client, GetSession::new(newest.session_id));
            if exchange.is_sent {
                report.count_request();
            }
            let check = service::session(&exchange, terminal);
            session = exchange.received;
            check
        }
    };
    report.add(&check)?;
    let check = match list.received.filter(Received::is_data) {
        Some(list) => deviations::check(&list, session.filter(Received::is_data).as_ref()),
        None => Check::blocked(Subject::Deviations, Subject::List),
    };
    report.add(&check)?;
    report.finish()
}

/// Returns the host and port of a base URL.
fn host_and_port(base_url: &BaseUrl) -> (String, u16) {
    authority(base_url.as_str())
}

fn authority(url: &str) -> (String, u16) {
    let uri: Uri = url.parse().unwrap_or_default();
    let default_port = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    (uri.host().unwrap_or_default().to_owned(), uri.port_u16().unwrap_or(default_port))
}
