//! The file of a page, and the files that it must not replace.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::page::{Place, sessions};
use crate::support::{bare, run};

#[test]
fn a_page_that_cannot_be_written_is_named() {
    let (status, _, stderr) = run(bare().args(["--demo", "triage", "--html", "no/such/folder/page.html"]));
    assert_eq!(status, 74);
    assert!(stderr.contains("cannot write the output: no/such/folder/page.html: "), "{stderr}");
    assert!(!stderr.contains(".tmp") && stderr.ends_with(")\n"), "{stderr}");
}

/// Creates a folder that is removed at the end of the test.
fn folder(name: &str) -> Place {
    let place = Place::new(name);
    std::fs::create_dir(&place.0).unwrap();
    place
}

#[test]
fn a_page_never_replaces_its_own_input() {
    let folder = folder("own-input");
    let file = folder.0.join("sessions.jsonl");
    let lines = sessions(3);
    std::fs::write(&file, &lines).unwrap();
    let other_name = folder.0.join("hard-link");
    std::fs::hard_link(&file, &other_name).unwrap();
    let other_way = folder.0.join(".").join("..").join(folder.0.file_name().unwrap()).join("sessions.jsonl");
    for target in [&file, &other_name, &other_way] {
        for from_stdin in [false, true] {
            let mut command = bare();
            command
                .args(["triage", if from_stdin { "-" } else { file.to_str().unwrap() }, "--html"])
                .arg(target);
            if from_stdin {
                command.stdin(std::fs::File::open(&file).unwrap());
            }
            let refused = run(&mut command);
            let message = format!("brd-sessions: cannot write to {}: it is an input\n", target.display());
            assert_eq!(refused, (2, String::new(), message));
            assert_eq!(std::fs::read_to_string(&file).unwrap(), lines);
        }
    }
}

/// A pipe that is opened again loses the data that was written before.
#[cfg(unix)]
#[test]
fn a_named_pipe_is_opened_once() {
    let folder = folder("named-pipe");
    let [pipe, page] = ["pipe", "page.html"].map(|name| folder.0.join(name));
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::fs::write(&page, "old").unwrap();
    let mut triage = bare();
    triage.arg("triage").arg(&pipe).arg("--html").arg(&page);
    let mut child = triage.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // Waits for a reader.
    std::thread::spawn(move || std::fs::write(pipe, sessions(3)));
    let end = Instant::now() + Duration::from_secs(30);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > end {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(std::fs::read_to_string(&page).unwrap().starts_with("<!DOCTYPE html>"));
}

#[test]
fn a_page_replaces_only_a_regular_file() {
    let folder = folder("targets");
    let page = folder.0.join("page.html");
    std::fs::write(&page, "old").unwrap();
    let other_name = folder.0.join("hard-link");
    std::fs::hard_link(&page, &other_name).unwrap();
    let write = |target: &Path| run(bare().args(["--demo", "triage", "--html"]).arg(target));
    assert_eq!(write(&page).0, 0);
    assert!(std::fs::read_to_string(&page).unwrap().starts_with("<!DOCTYPE html>"));
    // The file is a new one.
    assert_eq!(std::fs::read_to_string(&other_name).unwrap(), "old");

    let (status, stdout, stderr) = write(&folder.0);
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.ends_with(": it is not a regular file\n"), "{stderr}");
    // No temporary file is left.
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 2);
}

#[cfg(unix)]
#[test]
fn a_page_is_private_and_not_written_through_a_link() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let folder = folder("private");
    let (page, link) = (folder.0.join("page.html"), folder.0.join("link.html"));
    let write = |target: &Path| run(bare().args(["--demo", "triage", "--html"]).arg(target));
    symlink(&page, &link).unwrap();
    for _ in 0..2 {
        let (status, _, stderr) = write(&link);
        assert_eq!(status, 2);
        assert!(stderr.ends_with("link.html: it is a link\n"), "{stderr}");
        write(&page);
        assert_eq!(std::fs::metadata(&page).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_is_an_error() {
    // `/proc/self` has readable files, but no new ones can be created.
    let (status, _, stderr) = run(bare().args(["--demo", "triage", "--html", "/proc/self/status"]));
    assert_eq!(status, 74);
    assert!(stderr.starts_with("brd-sessions: cannot write the output: /proc/self/status: "), "{stderr}");
}
