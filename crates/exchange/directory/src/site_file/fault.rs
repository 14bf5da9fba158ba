//! Why a site file is not understood. What its changes do wrong, the change set says.

use crate::change::Item;
use std::fmt;

/// What is wrong with a site file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SiteFileFault {
    /// The file names an item twice.
    Repeated {
        /// The item.
        item: Item,
    },
    /// A new item lacks something that has no usual value.
    Missing {
        /// The item.
        item: Item,
        /// The key in the file.
        key: &'static str,
    },
    /// The configuration has no network of this name.
    UnknownNetwork {
        /// The trunk.
        item: Item,
        /// The name.
        network: String,
    },
    /// A password in clear, which only whoever knows the realm can turn into digests.
    PasswordInClear {
        /// The extension.
        item: Item,
    },
}

impl fmt::Display for SiteFileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SiteFileFault::Repeated { item } => write!(f, "{item}: the file names it twice"),
            SiteFileFault::Missing { item, key } => write!(f, "{item}: it is new and needs {key}"),
            SiteFileFault::UnknownNetwork { item, network } => {
                write!(f, "{item}: the configuration has no network {network:?}")
            }
            SiteFileFault::PasswordInClear { item } => write!(f, "{item}: its password was not replaced by digests"),
        }
    }
}

impl std::error::Error for SiteFileFault {}
