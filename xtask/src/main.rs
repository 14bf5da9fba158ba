//! The program behind `./x check`: `xtask laws` and `xtask documents`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;
use xtask::documents::{self, Programs};
use xtask::laws::{self, Law};
use xtask::tree::Tree;

const USAGE: &str = "\
usage: xtask laws [--root DIR] [--verbose] [NAME...]   check the laws, all or by name
       xtask laws --table                              print the table of the laws
       xtask documents [--root DIR] [--write]          compare printed documents, or bring them up to date

With --built, the programs that print documents are not built by cargo but taken from beside this one.
";

struct Arguments {
    root: PathBuf,
    verbose: bool,
    table: bool,
    write: bool,
    programs: Programs,
    names: Vec<String>,
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let Some(arguments) = read(arguments) else {
        eprint!("{USAGE}");
        return ExitCode::from(2);
    };
    match command.as_str() {
        "laws" if arguments.table => {
            print!("{}", laws::table());
            ExitCode::SUCCESS
        }
        "laws" => check_laws(&arguments),
        "documents" => check_documents(&arguments),
        _ => {
            eprint!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// Reads the words after the command; `None` for a word that is not known.
fn read(words: impl Iterator<Item = String>) -> Option<Arguments> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?.to_owned();
    let mut found = Arguments {
        root: home,
        verbose: false,
        table: false,
        write: false,
        programs: Programs::Cargo,
        names: Vec::new(),
    };
    let mut words = words;
    while let Some(word) = words.next() {
        match word.as_str() {
            "--root" => found.root = PathBuf::from(words.next()?),
            "--verbose" => found.verbose = true,
            "--table" => found.table = true,
            "--write" => found.write = true,
            "--built" => found.programs = Programs::Beside,
            _ if word.starts_with('-') => return None,
            _ => found.names.push(word),
        }
    }
    Some(found)
}

fn check_laws(arguments: &Arguments) -> ExitCode {
    let wanted = |law: &&Law| arguments.names.is_empty() || arguments.names.iter().any(|name| name == law.name);
    let chosen: Vec<&Law> = laws::ALL.iter().filter(wanted).collect();
    if chosen.is_empty() || chosen.len() < arguments.names.len() {
        let names: Vec<&str> = laws::ALL.iter().map(|law| law.name).collect();
        eprintln!("the laws are: {}", names.join(", "));
        return ExitCode::from(2);
    }
    let start = Instant::now();
    let tree = match Tree::load(&arguments.root) {
        Ok(tree) => tree,
        Err(error) => {
            eprintln!("xtask: {error}");
            return ExitCode::from(2);
        }
    };
    let mut broken = 0;
    for law in chosen {
        let found = laws::check(&tree, &[law]);
        let figure = law.figure.map(|figure| figure(&tree)).unwrap_or_default();
        match found.len() {
            0 if figure.is_empty() => println!("  kept    {}", law.name),
            0 => println!("  kept    {}: {figure}", law.name),
            count if figure.is_empty() => println!("  BROKEN  {}: {count} times", law.name),
            count => println!("  BROKEN  {}: {count} times; {figure}", law.name),
        }
        for violation in &found {
            println!("          {violation}");
        }
        broken += found.len();
    }
    if arguments.verbose {
        for (_, file) in tree.files().filter(|(_, file)| file.text.lines().count() > 300) {
            println!("  long    {}: {} lines", file.path, file.text.lines().count());
        }
        println!("  read and judged in {:.1} s", start.elapsed().as_secs_f64());
    }
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn check_documents(arguments: &Arguments) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for document in documents::ALL {
        match documents::bring(&arguments.root, document, arguments.programs, arguments.write) {
            Ok(false) => println!("  fresh   {}", document.file),
            Ok(true) => println!("  written {}", document.file),
            Err(error) => {
                println!("  STALE   {error}");
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}
