//! `--help`, `--version`, `completions` and `man`.

use crate::support::{bare, run};

const COMMANDS: [&str; 7] = ["get", "list", "triage", "watch", "doctor", "completions", "man"];

#[test]
fn the_help_of_each_command_has_an_example() {
    for command in COMMANDS {
        let (status, stdout, _) = run(bare().args([command, "--help"]));
        assert_eq!(status, 0);
        let (_, examples) =
            stdout.split_once("\nExamples:\n").unwrap_or_else(|| panic!("{command}: {stdout}"));
        assert!(examples.contains(&format!(" {command}")), "{examples}");
    }
    let (_, stdout, _) = run(bare().arg("--help"));
    assert!(stdout.contains("\nExamples:\n  brd-sessions --demo triage\n"), "{stdout}");
}

#[test]
fn each_shell_gets_a_script_with_all_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        // Not through `run`, because a script may contain tabs.
        let output = bare().args(["completions", shell]).output().unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && output.stderr.is_empty());
        for word in COMMANDS.into_iter().chain(["price-per-gb"]) {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    assert_eq!(run(bare().args(["completions", "cmd"])).0, 2);
}

#[test]
fn each_command_has_a_manual_page() {
    let (status, stdout, _) = run(bare().arg("man"));
    assert_eq!(status, 0);
    assert!(
        stdout.contains(".TH brd-sessions 1 ") && stdout.contains("brd\\-sessions\\-triage(1)"),
        "{stdout}"
    );
    for command in COMMANDS {
        let (status, stdout, _) = run(bare().args(["man", command]));
        assert_eq!(status, 0);
        assert!(stdout.contains(&format!(".TH brd-sessions-{command} 1 ")), "{stdout}");
        assert!(stdout.contains("Examples:"), "{stdout}");
    }
    let none = run(bare().args(["man", "forget"]));
    assert_eq!(none, (2, String::new(), "brd-sessions: no such command: forget\n".into()));
}

#[test]
fn help_and_version_are_output() {
    let (status, stdout, stderr) = run(bare().arg("--help"));
    assert_eq!((status, stderr.as_str()), (0, ""));
    assert!(stdout.contains("Exit status:"), "{stdout}");
    let (status, stdout, _) = run(bare().arg("--version"));
    assert_eq!((status, stdout), (0, format!("brd-sessions {}\n", env!("CARGO_PKG_VERSION"))));
}
