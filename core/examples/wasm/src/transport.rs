//! The transport: the `fetch` of the platform, its timers and its clocks.

use std::time::{Duration, SystemTime};

use brightdata_sessions::http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use brightdata_sessions::{Api, Now, TransportError, TransportErrorKind, Wait};
use js_sys::{Array, Date, Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, ReadableStreamDefaultReader, RequestInit, RequestRedirect};

#[wasm_bindgen]
extern "C" {
    fn fetch(url: &str, options: &RequestInit) -> Promise;
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(done: &Function, milliseconds: i32) -> JsValue;
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn monotonic_milliseconds() -> f64;
}

/// The clock of the flows. It never goes back. `Instant::now` panics on this target.
pub(crate) fn now() -> Now {
    Duration::from_secs_f64(monotonic_milliseconds() / 1000.0).into()
}

pub(crate) async fn wait(wait: Wait) {
    // A timer takes at most this time, 24 days. The flow then requests another wait.
    let milliseconds = i32::try_from(wait.duration.as_millis()).unwrap_or(i32::MAX);
    let timer = Promise::new(&mut |done, _| {
        set_timeout(&done, milliseconds);
    });
    // A timer has no error.
    let _ = JsFuture::from(timer).await;
}

/// Sends a request and collects its response.
pub(crate) async fn exchange(
    api: &Api,
    request: Request<()>,
    limit: Duration,
) -> Result<Response<Vec<u8>>, TransportError> {
    let signal = AbortSignal::timeout_with_u32(u32::try_from(limit.as_millis()).unwrap_or(u32::MAX));
    let promise = fetch(&request.uri().to_string(), &options(&request, &signal)?);
    let response = JsFuture::from(promise).await;
    let response: web_sys::Response = response.map_err(|error| head_error(&error, &signal))?.unchecked_into();
    let mut head = Response::new(()).into_parts().0;
    // A browser hides a redirect behind status 0. No retry changes that.
    head.status = StatusCode::from_u16(response.status()).map_err(|_| TransportErrorKind::Undecodable)?;
    for header in js_sys::try_iter(&response.headers()).into_iter().flatten().flatten().flatten() {
        let [name, value] =
            [0, 1].map(|index| Array::from(&header).get(index).as_string().unwrap_or_default());
        // JavaScript has one character for each byte.
        let value: Vec<u8> = value.chars().filter_map(|char| u8::try_from(char).ok()).collect();
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            head.headers.append(name, value);
        }
    }
    let received = SystemTime::UNIX_EPOCH + Duration::from_secs_f64(Date::now().max(0.0) / 1000.0);
    let mut collector = api.collector(head).received_at(received);
    let Some(body) = response.body() else { return collector.finish() };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    loop {
        let chunk = match JsFuture::from(reader.read()).await {
            Ok(result) => Reflect::get(&result, &"value".into()).unwrap_or_default(),
            Err(error) => return collector.fail(body_error(&error, &signal)),
        };
        // The end has no value.
        if chunk.is_undefined() {
            return collector.finish();
        }
        if collector.push(&Uint8Array::new(&chunk).to_vec()).is_break() {
            // Closes the connection. The rest is not needed, so neither is the result.
            let _ = reader.cancel();
            return collector.finish();
        }
    }
}

fn options(request: &Request<()>, signal: &AbortSignal) -> Result<RequestInit, TransportError> {
    let invalid = |_| TransportErrorKind::Configuration;
    let headers = Headers::new().map_err(invalid)?;
    for (name, value) in request.headers() {
        let value = value.to_str().map_err(|_| TransportErrorKind::Configuration)?;
        headers.append(name.as_str(), value).map_err(invalid)?;
    }
    let options = RequestInit::new();
    options.set_headers(&headers);
    options.set_redirect(RequestRedirect::Manual);
    options.set_signal(Some(signal));
    Ok(options)
}

/// The promise of a response failed.
fn head_error(error: &JsValue, signal: &AbortSignal) -> TransportError {
    let code = code(error);
    let kind = match code.as_str() {
        _ if signal.aborted() => TransportErrorKind::Timeout,
        "UND_ERR_HEADERS_OVERFLOW" => TransportErrorKind::InvalidHead,
        // The codes of Node's HTTP parser.
        code if code.starts_with("HPE_") => TransportErrorKind::InvalidHead,
        "UNABLE_TO_VERIFY_LEAF_SIGNATURE" => TransportErrorKind::Certificate,
        code if code.contains("CERT") => TransportErrorKind::Certificate,
        _ => TransportErrorKind::Connection,
    };
    TransportError::new(kind, code)
}

/// The stream of a body failed.
fn body_error(error: &JsValue, signal: &AbortSignal) -> TransportError {
    let code = code(error);
    let kind = match code.as_str() {
        _ if signal.aborted() => TransportErrorKind::Timeout,
        // zlib rejects the compressed body.
        "Z_DATA_ERROR" => TransportErrorKind::Undecodable,
        _ => TransportErrorKind::Connection,
    };
    TransportError::new(kind, code)
}

/// Returns the code of an error's cause, which Node sets, or the error's name. Its message can
/// contain the URL.
fn code(error: &JsValue) -> String {
    let get = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).unwrap_or_default();
    let code = get(&get(error, "cause"), "code").as_string();
    code.or_else(|| get(error, "name").as_string()).unwrap_or_else(|| "unknown error".to_owned())
}
