use super::sample::Sample;
use xtask::documents::{Document, DocumentError, Printer, Programs, bring};
use xtask::laws;

const LAWS: Document = Document { file: "A.md", part: Some("laws"), printer: Printer::Laws };

#[test]
fn a_stale_part_is_found_and_brought_up_to_date() {
    let sample = Sample::new().file("A.md", "# A\n<!-- laws -->\nold\n<!-- end of laws -->\nrest\n");
    let root = sample.root();
    assert!(matches!(bring(root, &LAWS, Programs::Cargo, false), Err(DocumentError::Stale("A.md"))));
    assert!(matches!(bring(root, &LAWS, Programs::Cargo, true), Ok(true)));
    assert!(matches!(bring(root, &LAWS, Programs::Cargo, false), Ok(false)));
    let text = std::fs::read_to_string(root.join("A.md")).expect("readable");
    assert!(text.contains(&laws::table()) && text.starts_with("# A\n") && text.ends_with("rest\n"));
}

#[test]
fn a_document_without_its_marks_or_without_itself_is_found() {
    let sample = Sample::new().file("A.md", "# A\n");
    assert!(matches!(bring(sample.root(), &LAWS, Programs::Cargo, true), Err(DocumentError::NoMarks("A.md", "laws"))));
    assert!(matches!(bring(Sample::new().root(), &LAWS, Programs::Cargo, false), Err(DocumentError::File("A.md", _))));
}

#[test]
fn a_document_that_a_program_prints_is_compared_as_a_whole() {
    let manifest = "[package]\nname = \"printer\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    let sample = Sample::new().room_with("xtask", manifest).file(
        "xtask/src/main.rs",
        "fn main() { if std::env::args().nth(1).is_some() { println!(\"plan\"); } else { panic!(\"no\"); } }\n",
    );
    let document =
        |arguments| Document { file: "PLAN.md", part: None, printer: Printer::Program("printer", arguments) };
    let root = sample.root();
    assert!(matches!(bring(root, &document(&["x"]), Programs::Cargo, false), Err(DocumentError::Stale("PLAN.md"))));
    assert!(matches!(bring(root, &document(&["x"]), Programs::Cargo, true), Ok(true)));
    assert!(matches!(bring(root, &document(&["x"]), Programs::Cargo, false), Ok(false)));
    assert!(matches!(bring(root, &document(&[]), Programs::Cargo, false), Err(DocumentError::Failed("printer", _))));
}

#[test]
fn a_program_that_is_not_built_is_no_pass() {
    let document = Document { file: "PLAN.md", part: None, printer: Printer::Program("nobody", &[]) };
    let sample = Sample::new().file("PLAN.md", "");
    assert!(matches!(bring(sample.root(), &document, Programs::Beside, false), Err(DocumentError::Run("nobody", _))));
}
