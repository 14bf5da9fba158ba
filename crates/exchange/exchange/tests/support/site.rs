//! The standard site: extensions 1001 to 1004 (1004 may not call outside), services, two trunks, routes, an emergency number.

use directory::{
    Directory, EmergencyNumber, Extension, Route, RouteChoice, ServiceKind, ServiceNumber, Trunk, TrunkTransport,
};
use ground::{DeviceId, Digits, NetworkId, TrunkId};

pub fn digits(text: &str) -> Digits {
    text.parse().unwrap()
}

fn extension(device: u32, name: &str) -> Extension {
    Extension {
        number: digits(&format!("100{device}")),
        device: DeviceId(device),
        name: name.to_owned(),
        max_terminals: 4,
        external_calls: device != 4,
        password: Vec::new(),
        call_waiting: true,
        max_calls: None,
        pickup_group: None,
    }
}

fn service(number: &str, device: u32, kind: ServiceKind) -> ServiceNumber {
    ServiceNumber { number: digits(number), device: DeviceId(device), kind }
}

fn trunk(id: u32, name: &str, transit: bool) -> Trunk {
    Trunk {
        name: name.to_owned(),
        id: TrunkId(id),
        device: DeviceId(20 + id),
        address: "203.0.113.1:5060".parse().unwrap(),
        transport: TrunkTransport::Udp,
        network: NetworkId(1),
        sources: Vec::new(),
        transit,
        max_calls: Some(1),
        follow_redirects: false,
        may_transfer: false,
        transfers_itself: false,
    }
}

pub fn site() -> Directory {
    let extensions = [extension(1, "Strowger"), extension(2, "Erlang"), extension(3, "Lamarr"), extension(4, "Gray")];
    let services = [
        service("*1", 11, ServiceKind::Echo),
        service("*2", 12, ServiceKind::Music),
        service("*3", 13, ServiceKind::Announcement("welcome".into())),
    ];
    let trunks = [trunk(1, "first", false), trunk(2, "second", true)];
    let choice = |trunk| RouteChoice { trunk: TrunkId(trunk), strip: 1, prepend: Digits::EMPTY };
    let route = Route {
        name: "city".into(),
        prefix: digits("0"),
        min_digits: 4,
        max_digits: 8,
        choices: vec![choice(1), choice(2)],
        hours: Vec::new(),
    };
    let emergency = EmergencyNumber { number: digits("112"), route: "city".into() };
    Directory {
        extensions: extensions.into_iter().map(|e| (e.number, e)).collect(),
        services: services.into_iter().map(|s| (s.number, s)).collect(),
        trunks: trunks.into_iter().map(|t| (t.id, t)).collect(),
        routes: [(route.name.clone(), route)].into(),
        emergency: [(emergency.number, emergency)].into(),
        ..Directory::default()
    }
}
