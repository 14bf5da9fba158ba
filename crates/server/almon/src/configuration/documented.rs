//! Settings whose doc comments are the example file.

/// One setting as the example shows it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: &'static str,
    /// Its doc comment, a line each.
    pub doc: &'static [&'static str],
    /// The default as TOML, none when there is no default value to show.
    pub value: Option<String>,
}

/// A section of settings that can describe itself.
pub trait Documented {
    /// What the section is for, a line each.
    const ABOUT: &'static [&'static str];

    /// Its settings, in the order of the type.
    fn entries(&self) -> Vec<Entry>;
}

/// The TOML text of a value: a number, a string, a list or an inline table.
pub fn toml_text<T: serde::Serialize>(value: &T) -> Option<String> {
    let value = toml::Value::try_from(value).ok()?;
    Some(value.to_string())
}

/// Declares a section: a struct with defaults, read by serde with unknown keys refused, that implements [`Documented`].
macro_rules! section {
    (
        $(#[doc = $about:literal])*
        pub struct $name:ident {
            $( $(#[doc = $doc:literal])* pub $field:ident: $type:ty = $default:expr, )*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
        pub struct $name {
            $( $(#[doc = $doc])* pub $field: $type, )*
        }

        impl Default for $name {
            fn default() -> Self {
                $name { $( $field: $default, )* }
            }
        }

        impl $crate::configuration::documented::Documented for $name {
            const ABOUT: &'static [&'static str] = &[$($about),*];

            fn entries(&self) -> Vec<$crate::configuration::documented::Entry> {
                vec![ $( $crate::configuration::documented::Entry {
                    key: stringify!($field),
                    doc: &[$($doc),*],
                    value: $crate::configuration::documented::toml_text(&self.$field),
                }, )* ]
            }
        }
    };
}
pub(crate) use section;
