//! A short run of every target with a fixed seed, its whole corpus included.

use std::time::Duration;

use fuzz::{Options, corpus, targets};

#[test]
fn every_target_survives_its_corpus_and_a_short_run() {
    let home = corpus::home();
    let mut findings = Vec::new();
    for target in targets::ALL {
        let options = Options {
            time: Duration::from_millis(300),
            seeds: corpus::seeds(&home, target.name).unwrap(),
            tokens: corpus::tokens(&home, target.name).unwrap(),
            ..Options::default()
        };
        let outcome = fuzz::run(*target, &options);
        assert!(outcome.executions > options.seeds.len() as u64, "{} was not fuzzed", target.name);
        if let Some(finding) = outcome.finding {
            let input = String::from_utf8_lossy(&finding.input).into_owned();
            findings.push(format!("{}: {:?} on {input:?}", target.name, finding.fault));
        }
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[test]
fn every_corpus_folder_and_dictionary_belongs_to_a_target() {
    let home = corpus::home();
    for folder in ["corpus", "dictionary"] {
        for entry in std::fs::read_dir(home.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            assert!(targets::ALL.iter().any(|target| target.name == name), "{} has no target", path.display());
        }
    }
}
