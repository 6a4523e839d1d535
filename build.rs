//! Chooses the explorer that the binary carries, `GraphiQL` or the plain one, and lays its files out for `src/server/explorer.rs`.
//! `GraphiQL` is built by npm in `OUT_DIR`, never in the source tree. Whatever goes wrong there costs one warning, not the build.

use std::{
    env,
    fmt::Write as _,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

/// What npm and the bundler may take together; a network that hangs must not hang the build.
const TIME_LIMIT: Duration = Duration::from_mins(3);

/// The npm project. Listed one by one, so that a `node_modules` beside them never sets off a rebuild.
const PLAYGROUND: [&str; 9] = [
    ".npmrc",
    "build.mjs",
    "caller.js",
    "examples.js",
    "favicon.svg",
    "index.html",
    "package-lock.json",
    "package.json",
    "src",
];

/// The plain explorer: its own page, and what it shares with the playground.
const PLAIN: [&str; 7] = [
    "src/server/explorer/index.html",
    "src/server/explorer/explorer.css",
    "src/server/explorer/explorer.js",
    "playground/caller.js",
    "playground/examples.js",
    "playground/favicon.svg",
    GUIDE,
];

/// Its examples are those of both.
const GUIDE: &str = "docs/graphql.md";

fn main() -> io::Result<()> {
    let sources = PLAYGROUND.map(|name| format!("playground/{name}"));
    for path in sources.iter().map(String::as_str).chain(PLAIN).chain(["build.rs"]) {
        println!("cargo::rerun-if-changed={path}");
    }
    println!("cargo::rerun-if-env-changed=ROSTER_PLAYGROUND_DIR");

    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    let bundle = match finished_bundle(&out) {
        Ok(bundle) => bundle,
        Err(reason) => {
            println!("cargo::warning=the binary carries the plain explorer: {reason}");
            None
        }
    };
    match bundle {
        Some(folder) => embed(&out, true, files_below(&folder)?),
        None => embed(
            &out,
            false,
            PLAIN.map(|path| (file_name(path), PathBuf::from(path))).into(),
        ),
    }
}

/// The folder of the `GraphiQL` bundle, given or built; none when the feature is off.
fn finished_bundle(out: &Path) -> Result<Option<PathBuf>, String> {
    if env::var_os("CARGO_FEATURE_PLAYGROUND").is_none() {
        return Ok(None);
    }
    let folder = match env::var_os("ROSTER_PLAYGROUND_DIR") {
        Some(given) => {
            let folder = PathBuf::from(given);
            println!("cargo::rerun-if-changed={}", folder.display());
            folder
        }
        None => build_bundle(out)?,
    };
    if folder.join("index.html").is_file() {
        Ok(Some(folder))
    } else {
        Err(format!("{} has no index.html", folder.display()))
    }
}

/// Builds the bundle, unless the one that is there came from the same sources: a checkout touches every file's time.
fn build_bundle(out: &Path) -> Result<PathBuf, String> {
    let project = out.join("playground");
    let (bundle, built_from) = (project.join("dist"), project.join("built-from"));
    let sources = sources().map_err(|e| format!("the playground cannot be read: {e}"))?;
    let digest = hex(&sources
        .iter()
        .fold(Sha256::new(), |all, (_, content)| all.chain_update(content))
        .finalize());
    if fs::read_to_string(&built_from).is_ok_and(|known| known == digest) {
        return Ok(bundle);
    }
    lay_out(&project, &sources)
        .map_err(|e| format!("the playground cannot be copied to {}: {e}", project.display()))?;
    let deadline = Instant::now() + TIME_LIMIT;
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let built = run(&project, deadline, npm, &["ci", "--loglevel=error"])
        .and_then(|()| run(&project, deadline, "node", &["build.mjs"]));
    // Some 200 MB, which every profile of every checkout would keep otherwise.
    let _ = fs::remove_dir_all(project.join("node_modules"));
    built?;
    fs::write(built_from, digest).map_err(|e| format!("the playground cannot be kept: {e}"))?;
    Ok(bundle)
}

/// The files of the npm project with their content, in a fixed order.
fn sources() -> io::Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut sources = Vec::new();
    for name in PLAYGROUND {
        let path = Path::new("playground").join(name);
        if path.is_dir() {
            for (below, path) in files_below(&path)? {
                sources.push((Path::new(name).join(below), fs::read(path)?));
            }
        } else {
            sources.push((PathBuf::from(name), fs::read(path)?));
        }
    }
    sources.push((Path::new("..").join(GUIDE), fs::read(GUIDE)?));
    Ok(sources)
}

fn lay_out(project: &Path, sources: &[(PathBuf, Vec<u8>)]) -> io::Result<()> {
    if project.exists() {
        fs::remove_dir_all(project)?;
    }
    for (name, content) in sources {
        let path = project.join(name);
        fs::create_dir_all(path.parent().unwrap_or(project))?;
        fs::write(path, content)?;
    }
    Ok(())
}

/// Runs one program to its end or to the deadline; what it says goes to a file, which a failure quotes and names.
fn run(folder: &Path, deadline: Instant, program: &str, arguments: &[&str]) -> Result<(), String> {
    let log = folder.join("build.log");
    let failed = |e: io::Error| format!("{program} does not start: {e}");
    let output = File::create(&log).map_err(failed)?;
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stderr(output.try_clone().map_err(failed)?)
        .stdout(output)
        .spawn()
        .map_err(failed)?;
    loop {
        match child.try_wait().map_err(failed)? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => {
                return Err(format!(
                    "{program}: {status}: {} (more in {})",
                    first_line(&log),
                    log.display()
                ));
            }
            None if Instant::now() >= deadline => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("{program} took longer than {} s", TIME_LIMIT.as_secs()));
            }
            None => thread::sleep(Duration::from_millis(50)),
        }
    }
}

fn first_line(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    text.lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("no output")
        .to_owned()
}

/// Every file below a folder with its address relative to it, in the order of the addresses.
fn files_below(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = file_name(&path);
        if path.is_dir() {
            files.extend(
                files_below(&path)?
                    .into_iter()
                    .map(|(below, path)| (format!("{name}/{below}"), path)),
            );
        } else {
            files.push((name, path));
        }
    }
    files.sort();
    Ok(files)
}

fn file_name(path: impl AsRef<Path>) -> String {
    path.as_ref()
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Compresses the files and writes the table that `explorer.rs` includes.
fn embed(out: &Path, graphiql: bool, files: Vec<(String, PathBuf)>) -> io::Result<()> {
    let folder = out.join("explorer");
    fs::create_dir_all(&folder)?;
    let mut table = format!("const GRAPHIQL: bool = {graphiql};\nstatic FILES: &[File] = &[\n");
    for (number, (address, path)) in files.into_iter().enumerate() {
        let content = fs::read(path)?;
        fs::write(folder.join(format!("{number}.gz")), gzip(&content)?)?;
        let etag = hex(&Sha256::digest(&content)[..8]);
        writeln!(
            table,
            "File {{ address: {address:?}, etag: \"W/\\\"{etag}\\\"\", gzip: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/explorer/{number}.gz\")) }},"
        )
        .map_err(io::Error::other)?;
    }
    table.push_str("];\n");
    fs::write(out.join("explorer.rs"), table)
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

fn gzip(content: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    encoder.finish()
}
