//! Requests the id of a session from the browser, over its WebSocket, and then the session itself.
//!
//! `cargo run -p brightdata-sessions-ureq --example session_id`
//!
//! Browser and API are stand-ins on this machine. Against the real ones, `connect` to the WebSocket
//! URL that the browser is driven with, or send the command over the connection that the program
//! already has.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::{io, thread};

use brightdata_sessions::cdp::SessionIdCommand;
use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
use brightdata_sessions_ureq::{Api, ApiKey, Client};
use tungstenite::Message;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let browser = browser()?;
    let fake = FakeApi::start()?;

    let (mut socket, _) = tungstenite::connect(format!("ws://{browser}"))?;
    let command = SessionIdCommand::new(1);
    socket.send(Message::text(command.message()))?;
    let id = loop {
        if let Message::Text(message) = socket.read()? {
            if let Some(id) = command.parse(&message) {
                break id?;
            }
        }
    };
    println!("the session of the browser is {id}");

    let client =
        Client::builder(Api::new(ApiKey::new("demo-key")?).with_base_url(fake.base_url())).build()?;
    let session = client.get(&id)?;
    println!("{:?}, {:?} bytes", session.status, session.bandwidth);
    Ok(())
}

/// A browser that supports one command, and sends an event before the response.
fn browser() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a client connects");
        let mut socket = tungstenite::accept(stream).expect("a WebSocket");
        let command = socket.read().expect("a command arrives");
        assert_eq!(command.to_text().ok(), Some(r#"{"id":1,"method":"Browser.getSessionId"}"#));
        for message in [
            r#"{"method":"Target.targetCreated","params":{"targetInfo":{"type":"page"}}}"#.to_owned(),
            format!(r#"{{"id":1,"result":{{"sessionId":"{DEMO_SESSION_ID}"}}}}"#),
        ] {
            socket.send(Message::text(message)).expect("the client is connected");
        }
    });
    Ok(address)
}
