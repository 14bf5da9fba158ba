//! The media engine over the ports of the plan.

use super::{StartError, chance, machine};
use crate::configuration::Site;
use media::{Engine, EngineConfig, EngineHandle, QueueLimits, SoundConfig};
use media_plan::{AddressFamily, MediaEvent, PortPair};
use net::{Clock, Waker};
use ports::ListenerRange;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

/// Starts the engine; the pairs of `resume` are bound before all others.
pub(super) fn start(
    site: &Site,
    clock: Clock,
    waker: &Waker,
    resume: Vec<PortPair>,
) -> Result<(EngineHandle, Receiver<MediaEvent>), StartError> {
    let ranges = site.plan.media_ports().map_err(StartError::Plan)?;
    let first = ranges.first().map(ListenerRange::ports);
    let ports = first.map_or(0..=0, |run| run.first()..=run.last());
    let mut networks = Vec::new();
    let mut places = Vec::new();
    for range in ranges {
        let Some(network) = site.network_of(range.address()) else { continue };
        let family = AddressFamily::of(range.address());
        // One address of each family carries a network's media.
        if !networks.contains(&(network.id, family)) {
            networks.push((network.id, family));
            places.push(range);
        }
    }
    let dscp = site.configuration.media.dscp;
    let networks_count = networks.len();
    let order = networks.clone();
    let binder = move |pair: PortPair| {
        let place = order.iter().position(|known| *known == (pair.network, pair.family));
        let range = place.and_then(|place| places.get(place)).ok_or(std::io::ErrorKind::AddrNotAvailable)?;
        net::bind_media_pair(range, pair.rtp_port, dscp).map_err(std::io::Error::other)
    };
    let wake = waker.clone();
    let config = EngineConfig {
        networks,
        ports,
        queues: queues(resume.len()),
        resume,
        stock: stock(networks_count),
        threads: usize::from(site.configuration.media.threads),
        sounds: SoundConfig {
            music: file("[media] music", &site.configuration.media.music)?,
            announcements: file("[media] announcements", &site.configuration.media.announcements)?,
        },
        seed: chance::number()?,
        binder: Box::new(binder),
        clock: Arc::new(move || clock.now()),
        wake: Arc::new(move || wake.wake()),
    };
    Engine::start(config).map_err(StartError::Media)
}

/// After a restart all legs are taken up in one go: each is opened, described, connected or played to, and listened for digits, before the
/// engine has taken the first of these orders.
const ORDERS_OF_A_LEG: usize = 8;

/// Queues that take what a start with so many legs orders at once.
fn queues(legs: usize) -> QueueLimits {
    let usual = QueueLimits::default();
    QueueLimits { orders: usual.orders + legs * ORDERS_OF_A_LEG, ..usual }
}

/// Pairs of ports bound ahead for each network and family: a burst of half as many legs finds its ports. Each pair is two open
/// files, so all stocks together take an eighth of what the process may open.
fn stock(networks: usize) -> usize {
    let files = machine::raise_file_limit().unwrap_or(1024);
    let each = usize::try_from(files).unwrap_or(usize::MAX) / 8 / 2 / networks.max(1);
    each.clamp(16, 1024)
}

fn file(key: &'static str, path: &Path) -> Result<Option<PathBuf>, StartError> {
    match (path.as_os_str().is_empty(), path.exists()) {
        (true, _) => Ok(None),
        (false, true) => Ok(Some(path.to_owned())),
        (false, false) => Err(StartError::Missing { key, path: path.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_with_many_legs_has_room_for_all_their_orders() {
        assert_eq!(queues(0), QueueLimits::default());
        assert!(queues(4000).orders >= 4000 * ORDERS_OF_A_LEG);
    }
}
