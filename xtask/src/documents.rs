//! Documents that quote a program: the check runs the program and compares.

use crate::laws;
use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Who prints the text.
#[derive(Debug, Clone, Copy)]
pub enum Printer {
    /// A program of the workspace: package and arguments.
    Program(&'static str, &'static [&'static str]),
    /// An example program: package, example and arguments.
    Example(&'static str, &'static str, &'static [&'static str]),
    /// The table of the laws.
    Laws,
}

/// Where the programs are taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Programs {
    /// Cargo builds them.
    Cargo,
    /// They stand built beside the running program.
    Beside,
}

/// A document, or a marked part of one, that a program prints.
#[derive(Debug, Clone, Copy)]
pub struct Document {
    /// The file from the root of the tree.
    pub file: &'static str,
    /// With a name, only the part between `<!-- NAME -->` and `<!-- end of NAME -->` is printed; without, the whole file.
    pub part: Option<&'static str>,
    /// Who prints it.
    pub printer: Printer,
}

/// Every printed document.
pub const ALL: &[Document] = &[
    Document { file: "ARCHITECTURE.md", part: Some("laws"), printer: Printer::Laws },
    Document {
        file: "docs/administration.md",
        part: Some("reasons"),
        printer: Printer::Example("ground", "reasons", &[]),
    },
    Document {
        file: "docs/almon.example.toml",
        part: None,
        printer: Printer::Program("almon", &["config", "example"]),
    },
    Document { file: "PORTS.md", part: None, printer: Printer::Example("ports", "print", &["markdown"]) },
];

/// What is wrong with a printed document.
#[derive(Debug)]
pub enum DocumentError {
    /// It cannot be read or written.
    File(&'static str, std::io::Error),
    /// The marks of its part are missing.
    NoMarks(&'static str, &'static str),
    /// It is not what the program prints.
    Stale(&'static str),
    /// The program could not be started.
    Run(&'static str, std::io::Error),
    /// The program failed; what it said.
    Failed(&'static str, String),
}

impl fmt::Display for DocumentError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file, error) => write!(out, "{file}: {error}"),
            Self::NoMarks(file, part) => {
                write!(out, "{file}: the marks `<!-- {part} -->` and `<!-- end of {part} -->` are missing")
            }
            Self::Stale(file) => write!(out, "{file} is stale: run `cargo run -p xtask -- documents --write`"),
            Self::Run(program, error) => write!(out, "cannot run {program}: {error}"),
            Self::Failed(program, text) => write!(out, "{program} failed: {}", text.trim()),
        }
    }
}

impl std::error::Error for DocumentError {}

/// Compares `document` under `root` with what its program prints; with `write`, brings it up to date instead.
/// Says whether the file was changed.
pub fn bring(root: &Path, document: &Document, programs: Programs, write: bool) -> Result<bool, DocumentError> {
    let path = root.join(document.file);
    let stands = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && document.part.is_none() => String::new(),
        Err(error) => return Err(DocumentError::File(document.file, error)),
    };
    let printed = print(root, document.printer, programs)?;
    let wanted = match document.part {
        None => printed,
        Some(part) => replace(&stands, part, &printed).ok_or(DocumentError::NoMarks(document.file, part))?,
    };
    if wanted == stands {
        return Ok(false);
    }
    if !write {
        return Err(DocumentError::Stale(document.file));
    }
    fs::write(&path, wanted).map_err(|error| DocumentError::File(document.file, error))?;
    Ok(true)
}

fn print(root: &Path, printer: Printer, programs: Programs) -> Result<String, DocumentError> {
    let (package, mut command) = match (printer, programs) {
        (Printer::Laws, _) => return Ok(laws::table()),
        (Printer::Program(package, arguments), Programs::Cargo) => (package, by_cargo(&["-p", package], arguments)),
        (Printer::Example(package, example, arguments), Programs::Cargo) => {
            (package, by_cargo(&["-p", package, "--example", example], arguments))
        }
        (Printer::Program(package, arguments), Programs::Beside) => (package, beside(Path::new(package), arguments)),
        (Printer::Example(package, example, arguments), Programs::Beside) => {
            (package, beside(&Path::new("examples").join(example), arguments))
        }
    };
    let output = command.current_dir(root).output().map_err(|error| DocumentError::Run(package, error))?;
    if !output.status.success() {
        return Err(DocumentError::Failed(package, String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn by_cargo(chosen: &[&str], arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["run", "--quiet"]).args(chosen).arg("--").args(arguments);
    command
}

/// The program at `path` from the folder of the running one.
fn beside(path: &Path, arguments: &[&str]) -> Command {
    let running = std::env::current_exe().unwrap_or_default();
    let mut command = Command::new(running.parent().unwrap_or(Path::new("")).join(path));
    command.args(arguments);
    command
}

/// `text` with `printed` between the marks of `part`; `None` without marks.
fn replace(text: &str, part: &str, printed: &str) -> Option<String> {
    let (open, close) = (format!("<!-- {part} -->"), format!("<!-- end of {part} -->"));
    let (before, rest) = text.split_once(&open)?;
    let (_, after) = rest.split_once(&close)?;
    Some(format!("{before}{open}\n\n{}\n\n{close}{after}", printed.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::replace;

    #[test]
    fn a_part_is_replaced_between_its_marks_and_stays_so() {
        let text = "# A\n<!-- t -->\nold\n<!-- end of t -->\nB\n";
        let once = replace(text, "t", "| new |\n").expect("marks");
        assert_eq!(once, "# A\n<!-- t -->\n\n| new |\n\n<!-- end of t -->\nB\n");
        assert_eq!(replace(&once, "t", "| new |\n").as_deref(), Some(once.as_str()));
    }

    #[test]
    fn without_marks_there_is_no_part() {
        assert_eq!(replace("# A\n", "t", "x"), None);
        assert_eq!(replace("<!-- t -->", "t", "x"), None);
    }
}
