use super::sample::Sample;
use xtask::laws::length::LAW;

const FILE: &str = "crates/wire/sip/src/lib.rs";

fn places(text: &str) -> Vec<String> {
    Sample::new().room("crates/wire/sip", "").file(FILE, text).places(&LAW)
}

#[test]
fn a_file_of_801_lines_is_found_and_one_of_800_is_not() {
    assert_eq!(places(&"// a\n".repeat(801)), [format!("{FILE}:0")]);
    assert!(places(&"// a\n".repeat(800)).is_empty());
}

#[test]
fn a_function_of_101_lines_is_found_and_one_of_100_is_not() {
    let function = |lines: usize| {
        format!("//! a\nimpl A {{\n    /// doc\n    fn a() {{\n{}    }}\n}}\n", "        b();\n".repeat(lines - 2))
    };
    assert_eq!(places(&function(101)), [format!("{FILE}:4")]);
    assert!(places(&function(100)).is_empty());
}

#[test]
fn braces_in_strings_and_inner_functions_do_not_mislead() {
    let text = format!(
        "fn a() {{ \"}}\"; '}}'; }}\nfn b() {{\n    fn c() {{\n{}    }}\n}}\n",
        "        d(\"{\");\n".repeat(99)
    );
    assert_eq!(places(&text), [format!("{FILE}:2"), format!("{FILE}:3")]);
}

#[test]
fn generated_tables_may_be_long() {
    let sample =
        Sample::new().room("crates/wire/sip", "").file("crates/wire/sip/src/generated/table.rs", &"// a\n".repeat(900));
    assert!(sample.ask(&LAW).is_empty());
}
