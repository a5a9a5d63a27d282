//! Events of the observer.

use brightdata_sessions_reqwest::Client;
use brightdata_sessions_testkit::check_observer;
use tokio::runtime;

#[test]
fn an_observer_gets_each_attempt_outcome_and_wait() {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    check_observer(|api, id, observe| {
        runtime.block_on(Client::builder(api).observe(observe).build()?.get(id))
    });
    check_observer(|api, id, observe| {
        let client = Client::builder(api).observe(observe).build()?;
        runtime.block_on(client.drive(client.api().get(id)).next()).unwrap()
    });
}
