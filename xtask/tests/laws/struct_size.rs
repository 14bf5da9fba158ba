use super::sample::Sample;
use xtask::laws::struct_size::LAW;

const FILE: &str = "crates/wire/sip/src/lib.rs";

fn places(text: &str) -> Vec<String> {
    Sample::new().room("crates/wire/sip", "").file(FILE, text).places(&LAW)
}

fn fields(count: usize) -> String {
    (0..count).map(|index| format!("f{index}: u8, ")).collect()
}

#[test]
fn twenty_one_fields_are_found_and_twenty_are_not() {
    assert_eq!(places(&format!("//! a\nstruct A {{ {} }}\n", fields(21))), [format!("{FILE}:2")]);
    assert!(places(&format!("struct A {{ {} }}\n", fields(20))).is_empty());
}

#[test]
fn tuples_and_variants_count() {
    assert_eq!(places(&format!("struct A({});\n", "u8, ".repeat(21))), [format!("{FILE}:1")]);
    assert_eq!(places(&format!("enum A {{\n B {{ {} }},\n}}\n", fields(21))), [format!("{FILE}:2")]);
    assert!(
        places(&format!("enum A {{ {} }}\n", (0..30).map(|index| format!("V{index}, ")).collect::<String>()))
            .is_empty()
    );
}
