//! Other people's programs, installed as their lock files say, once for each state of those files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::program::{Ended, output, run};
use super::serving::Serving;
use crate::support::halves::{self, Half};

/// What was installed last lies beside the packages in a file of this name.
const STAMP: &str = ".installed";

/// `node SCRIPT` in a folder of `tests` with its packages beside it; none when this is left out.
pub(super) fn node(half: &Half, folder: &str, script: &str) -> Option<Command> {
    if left_out(half) {
        return None;
    }
    let folder = tests().join(folder);
    has_packages(half, &folder).then(|| within(&folder, "node", &[script]))
}

/// Builds one of the examples that are npm projects, and checks its types; false when this is left out.
pub(super) fn built_example(half: &Half, name: &str) -> bool {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    let installed = !left_out(half) && has_packages(half, &folder);
    if installed {
        output(&mut within(&folder, "npm", &["run", "build"]));
    }
    installed
}

fn has_packages(half: &Half, folder: &Path) -> bool {
    let install = || vec![within(folder, "npm", &["ci", "--loglevel=error"])];
    is_installed(
        half,
        &folder.join("package-lock.json"),
        &folder.join("node_modules"),
        install,
    )
}

/// `python SCRIPT` with the packages of `requirements.txt` beside it; none when this is left out.
pub(super) fn python(half: &Half, folder: &str, script: &str) -> Option<Command> {
    if left_out(half) {
        return None;
    }
    let folder = tests().join(folder);
    let home = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("python")
        .join(folder.file_name().unwrap());
    let python = home.join("bin/python").display().to_string();
    let steps = || {
        let mut environment = within(&folder, "python3", &["-m", "venv", "--clear"]);
        environment.arg(&home);
        let quietly = ["--quiet", "--disable-pip-version-check", "--retries=1"];
        let mut install = within(&folder, &python, &["-m", "pip", "install"]);
        install.args(quietly).args(["--requirement", "requirements.txt"]);
        vec![environment, install]
    };
    is_installed(half, &folder.join("requirements.txt"), &home, steps).then(|| within(&folder, &python, &[script]))
}

/// Runs a script against a running demo; it must find all well.
pub(super) fn finds_all_well(script: &mut Command, demo: &Serving, arguments: &[&str]) {
    let Ended { status, out, err } = run(script.args(arguments));
    let said = demo.said();
    assert_eq!(status, Some(0), "{script:?}\n{out}{err}\n{said}");
}

/// Whether a program is missing here. Where everything is required that is a failure.
pub(crate) fn left_out(half: &Half) -> bool {
    let Some(line) = half.missing_program() else {
        return false;
    };
    assert!(!halves::everything_is_required(), "{line}");
    true
}

/// Does the steps unless `home` was made from the same `wanted`. They may fail, as without a network: then it is false.
fn is_installed(half: &Half, wanted: &Path, home: &Path, steps: impl FnOnce() -> Vec<Command>) -> bool {
    // One at a time, whichever thread or process: several tests share an environment, and one must not clear it under another.
    let turn = fs::File::create(Path::new(env!("CARGO_TARGET_TMPDIR")).join("install.lock")).unwrap();
    turn.lock().unwrap();
    let wanted = fs::read_to_string(wanted).unwrap();
    let stamp = home.join(STAMP);
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return true;
    }
    for mut step in steps() {
        let Ended { status, out, err } = run(&mut step);
        if status != Some(0) {
            assert!(!halves::everything_is_required(), "{step:?}\n{out}{err}");
            fs::write(half.note(), "its packages could not be installed").unwrap();
            return false;
        }
    }
    fs::write(stamp, wanted).unwrap();
    // An earlier run may have had no network.
    let _ = fs::remove_file(half.note());
    true
}

fn within(folder: &Path, program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    // What they ask is on this machine, whatever proxy stands before others.
    command
        .current_dir(folder)
        .args(arguments)
        .env("NO_PROXY", "127.0.0.1")
        .env("no_proxy", "127.0.0.1");
    command
}

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}
