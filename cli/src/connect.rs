//! Builds the client from the options.

use brightdata_sessions::{Api, RetryPolicy};
use brightdata_sessions_ureq::Client;

use crate::args::{Args, CommonArgs, Rate};
use crate::capture::CaptureFile;
use crate::error::CliError;
use crate::output::waits::Waits;
use crate::shared_guard::SharedGuard;
use crate::terminal::Terminal;
use crate::{certificates, demo, key};

/// Runs a command with a client of the service, or of the fake with `--demo`.
pub(crate) fn with_client(
    args: &Args,
    command: impl FnOnce(&Client, &Terminal<'_>) -> Result<u8, CliError>,
) -> Result<u8, CliError> {
    let common = &args.common;
    // Dropping the fake stops it, so it must outlive the requests.
    let fake = if common.demo { Some(demo::start(&args.command)?) } else { None };
    let api = match &fake {
        Some(fake) => Api::new(demo::key()?).with_base_url(fake.base_url()),
        None => {
            let base_url = common.base_url.clone().unwrap_or_default();
            Api::new(key::find(&base_url)?).with_base_url(base_url)
        }
    };
    let retry = RetryPolicy::default().with_retries(common.retries);
    let retry = common.retry_max_time.into_iter().fold(retry, RetryPolicy::with_time_limit);
    let client = client(common, api.with_retry(retry))?;
    let terminal = Terminal::new(client.api().key(), common.json);
    command(&client, &terminal)
}

/// Returns a client of this API with the common options, except for those about retries.
pub(crate) fn client(common: &CommonArgs, mut api: Api) -> Result<Client, CliError> {
    if let Some(Rate { requests, per }) = common.rate {
        api = api.with_rate(requests, per)?;
    }
    // The limit of a fake is not that of the service.
    let is_shared = !common.demo && !common.no_shared_guard;
    let shared = is_shared.then(|| SharedGuard::new(&api)).flatten();
    let tls = certificates::tls_config(api.base_url(), common.cacert.as_deref())?;
    let waits = Waits::new(common.json, common.verbose);
    let capture = match &common.capture {
        Some(path) => Some(CaptureFile::create(path, common, api.key())?),
        None => None,
    };
    let mut builder = Client::builder(api)
        .tls_config(tls)
        .timeout(common.timeout)
        .observe(move |event| waits.on_event(event));
    if let Some(shared) = shared {
        builder = builder.around_steps(move |step| shared.around(step));
    }
    if let Some(capture) = capture {
        builder = builder.capture(move |request, outcome| capture.push(request, outcome));
    }
    Ok(builder.build()?)
}
