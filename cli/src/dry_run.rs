//! `--dry-run` and `--curl`: the requests that a command would send first, in place of sending them.

use std::path::Path;
use std::time::{Instant, SystemTime};

use brightdata_sessions::http::Request;
use brightdata_sessions::http::header::{HOST, HeaderName, HeaderValue};
use brightdata_sessions::{Api, BaseUrl, Error, Flow, GetSession, Step};
use serde_json::{Map, Value, json};

use crate::args::{Args, Command, GetArgs, IdSource};
use crate::demo;
use crate::error::{self, CliError, ErrorContext};
use crate::get::ids::{self, Entry};
use crate::terminal::Terminal;

/// The form of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// As HTTP/1.1 writes it, or with `--json` as an object.
    Request,
    /// A command for a POSIX shell.
    Curl,
}

/// Prints the first request of the command, or of each session of `get`, and returns the exit
/// status. No key is read: it would not be shown.
pub(crate) fn run(args: &Args, form: Form) -> Result<u8, CliError> {
    let common = &args.common;
    let terminal = Terminal::new(None, common.json);
    if common.demo {
        error::note("the fake of --demo is not started, so the service's address is shown", common.json);
    }
    // The key of the demo is a stand-in.
    let api = Api::new(demo::key()?).with_base_url(common.base_url.clone().unwrap_or_default());
    let cacert = common.cacert.as_deref().filter(|_| api.base_url().is_https());
    let mut output = Output { terminal: &terminal, form, base_url: api.base_url(), cacert, is_first: true };
    let now = SystemTime::now();
    let first = match &args.command {
        Command::Get(get) => return output.sessions(&api, get),
        Command::List(list) => {
            let request = list.request(&list.added_dates(now)?);
            first(&api, api.list(request).take(list.max()))?
        }
        Command::Triage(triage) => {
            first(&api, api.list(triage.request(now)?).take(triage.limit.unwrap_or(u64::MAX)))?
        }
        Command::Watch(watch) => {
            let id = watch.id.clone().map_or_else(demo::running, Ok)?;
            first(&api, api.watch(&id))?
        }
        // Not accepted with the other commands.
        _ => None,
    };
    first.map_or(Ok(()), |request| output.print(&request))?;
    Ok(0)
}

/// Returns the first request of a flow.
fn first<F: Flow>(api: &Api, mut flow: F) -> Result<Option<Request<()>>, Error> {
    match flow.step(api.now(Instant::now())) {
        Step::Send(request) => Ok(Some(request)),
        Step::Yield(Err(error)) => Err(error),
        _ => Ok(None),
    }
}

struct Output<'a> {
    terminal: &'a Terminal<'a>,
    form: Form,
    base_url: &'a BaseUrl,
    /// The file of `--cacert`. With it, curl trusts no other certificates.
    cacert: Option<&'a Path>,
    is_first: bool,
}

impl Output<'_> {
    /// Prints the request of each session, and reports each invalid id.
    fn sessions(&mut self, api: &Api, args: &GetArgs) -> Result<u8, CliError> {
        let demo = [IdSource::Id(demo::finished()?)];
        let sources = if args.ids.is_empty() { &demo } else { args.ids.as_slice() };
        let (entries, other_ids) = ids::read(sources).map_err(CliError::Input)?;
        // The same ids, for requests that are sent at the same time.
        drop(other_ids);
        let mut status = 0;
        for entry in entries {
            match entry {
                Entry::Id(id, _) => self.print(&api.request(&GetSession::new(id))?)?,
                Entry::Invalid { text, error } => {
                    let about = ErrorContext { session: text.as_deref(), resume: None };
                    status = status.max(self.terminal.report(&error, about));
                }
            }
        }
        Ok(status)
    }

    fn print(&mut self, request: &Request<()>) -> Result<(), CliError> {
        if self.terminal.json {
            return self.terminal.print_json(&object(request));
        }
        let text = match self.form {
            // An empty line ends the head of a request.
            Form::Request if !self.is_first => format!("\n{}", head(request)),
            Form::Request => head(request),
            Form::Curl => curl(request, self.base_url.is_loopback(), self.cacert),
        };
        self.is_first = false;
        self.terminal.print_text(&text)
    }
}

/// Returns the request as an object.
fn object(request: &Request<()>) -> Value {
    let headers = headers(request).map(|(name, value)| (name.to_string(), value.into()));
    json!({
        "method": request.method().as_str(),
        "url": request.uri().to_string(),
        "headers": headers.collect::<Map<_, _>>(),
    })
}

/// Returns the lines that HTTP/1.1 sends.
fn head(request: &Request<()>) -> String {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let headers: String = headers(request).map(|(name, value)| format!("{name}: {value}\n")).collect();
    format!("{} {target} HTTP/1.1\n{headers}", request.method())
}

/// Iterates over the headers, with that of the host, which HTTP/1.1 requires, and without the key.
fn headers(request: &Request<()>) -> impl Iterator<Item = (&HeaderName, String)> {
    let host = request.uri().authority().map_or("", |authority| authority.as_str());
    let others = request.headers().iter().map(|(name, value)| (name, shown(value)));
    std::iter::once((const { &HOST }, host.to_owned())).chain(others)
}

fn shown(value: &HeaderValue) -> String {
    if value.is_sensitive() {
        "Bearer [redacted]".into()
    } else {
        String::from_utf8_lossy(value.as_bytes()).into()
    }
}

/// Returns a command for curl, which takes the key from the variable when it runs.
fn curl(request: &Request<()>, is_loopback: bool, cacert: Option<&Path>) -> String {
    // A URL may have brackets, as in `[::1]`.
    let mut command = "curl --globoff".to_owned();
    if is_loopback {
        // The program uses no proxy for loopback.
        command += " --noproxy '*'";
    }
    if let Some(file) = cacert {
        command += &format!(" --cacert {}", quoted(&file.to_string_lossy()));
    }
    for (name, value) in request.headers() {
        let header = if value.is_sensitive() {
            format!("\"{name}: Bearer $BRIGHTDATA_API_KEY\"")
        } else {
            quoted(&format!("{name}: {}", shown(value)))
        };
        command += &format!(" \\\n  --header {header}");
    }
    format!("{command} \\\n  {}\n", quoted(&request.uri().to_string()))
}

/// Quotes a word for a POSIX shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}
