use super::RustFile;

fn file(path: &str, text: &str) -> RustFile {
    RustFile::read(path.to_owned(), text.to_owned(), false)
}

#[test]
fn blank_lines_count_on_neither_side() {
    let file = file("a/src/lib.rs", "fn a() {}\n\n  \n#[cfg(test)]\nmod tests {\n\n fn b() {}\n}\n");
    assert_eq!(file.counted_lines(), (4, 1));
}

#[test]
fn the_module_of_a_file_is_its_stem_or_its_folder() {
    assert_eq!(file("a/src/uri.rs", "").module(), "uri");
    assert_eq!(file("a/src/uri/mod.rs", "").module(), "uri");
    assert_eq!(file("a/src/lib.rs", "").module(), "lib");
}

#[test]
fn lines_outside_the_file_are_no_tests() {
    let file = file("a/src/lib.rs", "#[cfg(test)]\nmod tests {}\n");
    assert!(!file.is_test(0) && file.is_test(1) && file.is_test(2) && !file.is_test(3));
}

#[test]
fn what_is_no_rust_says_where() {
    assert_eq!(file("a.rs", "fn a() {}\nfn b( {}\n").error.map(|(line, _)| line), Some(2));
    assert_eq!(file("a.rs", "fn a() {}\nstruct;\n").error.map(|(line, _)| line), Some(2));
    assert!(file("a.rs", "fn a() {}\n").error.is_none());
}

#[test]
fn generated_tables_are_known_by_their_folder() {
    assert!(file("crates/wire/csta/src/generated/types.rs", "").is_generated());
    assert!(!file("crates/wire/csta/src/generated.rs", "").is_generated());
}
