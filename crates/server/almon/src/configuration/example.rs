//! The annotated example file, printed from the doc comments.

use super::documented::{Documented, Entry};
use super::{
    Configuration, JournalSection, LimitsSection, LogSection, MediaSection, NetworkSection, RecordsSection, SipSection,
    SiteSection, TlsSection,
};
use std::fmt::Write;

/// The example: every setting with its explanation and its default. It is itself a valid configuration.
pub fn example() -> String {
    let mut text = String::new();
    text.push_str(
        "# Almon configuration: what must be known before the data folder is opened.\n\
         # Extensions, trunks and routes are not here: use `almon extension`, `almon trunk`, `almon route`.\n\
         # Every line shows its default and can be left out. Check your changes with `almon config check`.\n\n\
         # The data folder.\n",
    );
    let defaults = Configuration::default();
    let _ = writeln!(text, "data = {:?}\n", defaults.data.display().to_string());
    section(&mut text, "[[network]]", &NetworkSection::default());
    section(&mut text, "[site]", &SiteSection::default());
    section(&mut text, "[sip]", &SipSection::default());
    section(&mut text, "[media]", &MediaSection::default());
    section(&mut text, "[tls]", &TlsSection::default());
    section(&mut text, "[limits]", &LimitsSection::default());
    section(&mut text, "[records]", &RecordsSection::default());
    section(&mut text, "[journal]", &JournalSection::default());
    section(&mut text, "[log]", &LogSection::default());
    text.push_str(
        "# The port plan: any service of `almon ports` can be moved, bound to other addresses or switched off.\n\
         #\n\
         # [ports.services.sip-udp]\n\
         # port = 5070\n\
         # bind = [\"192.0.2.10\"]\n\
         #\n\
         # [ports.services.sip-tls]\n\
         # enabled = false\n\
         #\n\
         # [ports.services.media]\n\
         # port = \"30000-31999\"\n",
    );
    text
}

fn section<T: Documented>(text: &mut String, header: &str, value: &T) {
    comment(text, T::ABOUT);
    let _ = writeln!(text, "{header}");
    for Entry { key, doc, value } in value.entries() {
        comment(text, doc);
        let Some(value) = value else { continue };
        let _ = writeln!(text, "{} = {value}", key.replace('_', "-"));
    }
    text.push('\n');
}

fn comment(text: &mut String, lines: &[&str]) {
    for line in lines {
        let _ = writeln!(text, "#{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_a_configuration_and_says_the_defaults() {
        assert_eq!(Configuration::parse(&example()).unwrap(), Configuration::default());
    }

    #[test]
    fn every_setting_is_explained() {
        let text = example();
        for line in text.lines().filter(|line| line.contains(" = ") && !line.starts_with('#')) {
            let before = text.lines().take_while(|other| other != &line).last().unwrap_or_default();
            assert!(before.starts_with("# "), "no comment above {line:?}");
        }
    }
}
