//! Servers on loopback in a separate process, so that only the client's CPU time is measured.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::Duration;

use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, generate};
#[cfg(target_os = "linux")]
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::parse;

/// A server that runs until it is dropped.
pub struct Server {
    /// The server's URL, without a path.
    pub url: String,
    child: Child,
    stdin: Option<ChildStdin>,
}

impl Server {
    /// Runs this program again with the argument `server` and the given arguments. The program must
    /// then call [`serve`].
    pub fn start(args: &[&str]) -> io::Result<Self> {
        let program = std::env::current_exe()?;
        let mut child = Command::new(program)
            .arg("server")
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdin = child.stdin.take();
        let mut url = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut url)?;
        }
        if url.is_empty() {
            return Err(io::Error::other("the server did not start"));
        }
        Ok(Self { url: url.trim_end().to_owned(), child, stdin })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server exits at the end of its standard input.
        self.stdin = None;
        let _ = self.child.wait();
    }
}

/// Serves until standard input ends. `fake 1000` serves the fake with 1,000 sessions, and `fake 1000
/// 150` with a latency of 150 ms. `same` sends the same documented session in response to every
/// request, at minimal cost.
pub fn serve(args: &[&str]) -> io::Result<()> {
    run_on(Core::Last)?;
    let fake;
    match args {
        ["fake", sessions, latency @ ..] => {
            fake = FakeApi::with_sessions(generate(1, sessions.parse().map_err(io::Error::other)?))?;
            if let [milliseconds] = latency {
                fake.set_latency(Duration::from_millis(milliseconds.parse().map_err(io::Error::other)?));
            }
            println!("{}", fake.base_url());
        }
        _ => {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            println!("http://{}", listener.local_addr()?);
            thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    // A client that disconnects is not an error.
                    thread::spawn(move || drop(serve_same(stream)));
                }
            });
        }
    }
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

fn serve_same(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let body = String::from_utf8(parse::body("finished")).map_err(io::Error::other)?;
    let body = body.replace("XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX", DEMO_SESSION_ID);
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let response = [head, body].concat().into_bytes();
    let mut buffer = [0; 8 << 10];
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..])?;
        if read == 0 {
            return Ok(());
        }
        filled += read;
        // These clients do not pipeline requests.
        if buffer[..filled].ends_with(b"\r\n\r\n") {
            filled = 0;
            stream.write_all(&response)?;
        }
    }
}

/// A CPU core that this process may run on.
#[derive(Clone, Copy)]
pub enum Core {
    First,
    Last,
}

/// Pins this process to one core. Call it before the process starts threads.
///
/// Otherwise the scheduler's placement of two processes differs between connections and outweighs
/// every measured effect. Linux only; on other systems the figures vary.
pub fn run_on(core: Core) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        let all = sched_getaffinity(None)?;
        let mut cores = (0..CpuSet::MAX_CPU).filter(|&core| all.is_set(core));
        let core = match core {
            Core::First => cores.next(),
            Core::Last => cores.next_back(),
        };
        let mut set = CpuSet::new();
        core.into_iter().for_each(|core| set.set(core));
        sched_setaffinity(None, &set)?;
    }
    #[cfg(not(target_os = "linux"))]
    let _ = core;
    Ok(())
}
