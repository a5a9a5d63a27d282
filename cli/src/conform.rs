//! `conform`: tests a program in any language with the suite.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use brightdata_sessions_testkit::suite::{PROGRAM_RULES, ProgramOutput, ProgramRun, Suite};

use crate::error::CliError;
use crate::terminal;

/// Returns the help, with the rules of the suite.
pub(crate) fn help() -> String {
    let rules = PROGRAM_RULES.replace("**", "").replace('`', "");
    format!("{TASK}\n{rules}\n{EXAMPLES}")
}

const TASK: &str = "\
Starts the command once for each case, in a shell, against a server that responds with everything that a server can do. Prints
a table for each rule, and exits with 1 if a case failed. The command gets its task from the environment:

  SESSIONS_BASE_URL   the URL that /browser_sessions/{session_id} is appended to
  SESSION_ID          the id of the session to get
  BRIGHTDATA_API_KEY  the key, which must not appear in the output
  TIMEOUT             the time limit in seconds
";

const EXAMPLES: &str = "\
Examples:
  brd-sessions conform --exec './get-session.sh'
  brd-sessions conform --exec 'node get-session.mjs' --case 'a chunked body'
  brd-sessions conform --exec './get-session.sh' --known 'a 100 is skipped=the client has no such feature'";

/// The arguments of `conform`.
#[derive(Debug, clap::Args)]
pub(crate) struct ConformArgs {
    /// The command to test
    #[arg(long, value_name = "COMMAND")]
    exec: String,

    /// Play only this case, and show what the command prints
    #[arg(long, value_name = "NAME")]
    case: Option<String>,

    /// A case that the command cannot pass, with the reason; can be used multiple times
    #[arg(long, value_name = "CASE=REASON", value_parser = known)]
    known: Vec<(&'static str, &'static str)>,
}

/// How long a program may run after its time limit before it is killed.
const GRACE: Duration = Duration::from_secs(12);
/// The maximum number of bytes that are read from each output of a program.
const MAX_OUTPUT: u64 = 1 << 20;

/// Plays the suite, prints the report, and returns the exit status.
pub(crate) fn run(args: &ConformArgs) -> Result<u8, CliError> {
    let suite = args.known.iter().fold(Suite::new(), |suite, (case, why)| suite.known_failure(case, why));
    let suite = match &args.case {
        // The program ends after this, so the name is not lost.
        Some(case) => suite.filter(case.clone().leak()),
        None => suite,
    };
    let shows_output = args.case.is_some();
    let report = suite.run_program(|run| {
        let output = execute(&args.exec, run);
        if shows_output {
            for bytes in [&output.stdout, &output.stderr] {
                terminal::write_stderr(String::from_utf8_lossy(bytes).trim_end(), false);
            }
        }
        output
    });
    if report.passed() {
        terminal::print(&report.to_markdown())?;
        return Ok(0);
    }
    terminal::print(&format!("{}\n{report}", report.to_markdown()))?;
    Ok(1)
}

/// Parses the name of a case and the reason why it is known to fail.
fn known(text: &str) -> Result<(&'static str, &'static str), &'static str> {
    let (case, why) = text.split_once('=').ok_or("expected the name of a case, `=` and a reason")?;
    // Arguments are parsed once.
    Ok((case.to_owned().leak(), why.to_owned().leak()))
}

/// Runs the command, and kills it if it exceeds its time limit by far.
fn execute(command: &str, run: &ProgramRun) -> ProgramOutput {
    let mut command = shell(command);
    command.envs(run.environment()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            let stderr = format!("cannot start a shell: {error}").into();
            return ProgramOutput { exit_status: Some(127), stderr, ..ProgramOutput::default() };
        }
    };
    let outputs = [child.stdout.take().map(read), child.stderr.take().map(read)];
    let exit_status = wait(&mut child, run.timeout + GRACE);
    // A process that the shell started may outlive it and hold its outputs. It ends when the server does.
    let [stdout, stderr] = outputs.map(|output| {
        output.and_then(|output| output.recv_timeout(Duration::from_secs(1)).ok()).unwrap_or_default()
    });
    ProgramOutput { exit_status, stdout, stderr }
}

#[cfg(unix)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]);
    shell
}

#[cfg(not(unix))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell.args(["/C", command]);
    shell
}

/// Reads an output on a thread of its own, so that the program never blocks on a full pipe.
fn read(mut output: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // Output that cannot be read is missing, which is judged like that.
        let _ = output.by_ref().take(MAX_OUTPUT).read_to_end(&mut bytes);
        let _ = sender.send(bytes);
        let _ = std::io::copy(&mut output, &mut std::io::sink());
    });
    receiver
}

/// Returns the exit status. `None` if a signal ended the program, or if it was killed here.
fn wait(child: &mut Child, limit: Duration) -> Option<i32> {
    let start = Instant::now();
    let mut pause = Duration::from_millis(2);
    while start.elapsed() < limit {
        if let Ok(Some(status)) = child.try_wait() {
            return status.code();
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
    let _ = child.kill();
    let _ = child.wait();
    None
}
