//! Redirection before the answer: a telephone names other numbers.

mod support;
use support::*;

use directory::Outcome;
use exchange::{OfferTarget, Order, Report};
use ground::{ConnectionId, DeviceId, Number, Reason};
use std::sync::Arc;

fn redirect(world: &mut World, at: ConnectionId, numbers: &[&str]) {
    let targets: Vec<Number> = numbers.iter().map(|number| number.parse().unwrap()).collect();
    world.report(at, Report::Redirected(targets));
}

fn next(world: &mut World) -> (ConnectionId, String) {
    let offers = world.offers();
    assert_eq!(offers.len(), 1, "{offers:?}");
    (offers[0].0, offers[0].1.called.digits.to_string())
}

#[test]
fn one_telephone_deflects_the_call_of_the_device() {
    let mut world = World::new();
    world.terminals(2, &[20, 21]);
    let caller = world.dial(1, "1002");
    let offers = world.offers();
    world.report(offers[1].0, Report::Alerting);
    redirect(&mut world, offers[0].0, &["1003"]);
    world.cleared(offers[1].0, Reason::Redirected);
    let (target, number) = next(&mut world);
    assert_eq!(number, "1003");
    world.report(target, Report::Alerting);
    let shown = world.orders_to(caller).into_iter().any(|order| match order {
        Order::UpdateParty(party) => party.number.digits.as_str() == "1003" && party.name == "Lamarr",
        _ => false,
    });
    assert!(shown, "the caller sees who is rung");
    world.report(target, answered(yes()));
    assert_eq!(world.engine.relayed(caller), Some(target));
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
    assert_eq!(world.closed.len(), 1);
    assert_eq!(world.closed[0].dialled.digits.as_str(), "1002");
    assert_eq!(world.closed[0].connected.unwrap().digits.as_str(), "1003");
}

#[test]
fn targets_are_tried_in_order_with_the_rights_of_who_redirects() {
    let mut world = World::new();
    let caller = world.dial(1, "1004");
    let first = world.offered();
    // 4 may not call outside; 999 is vacant.
    redirect(&mut world, first, &["04711", "999", "1002", "1003"]);
    let (second, number) = next(&mut world);
    assert_eq!(number, "1002");
    world.report(second, Report::Cleared(Reason::UserBusy));
    let (third, number) = next(&mut world);
    assert_eq!(number, "1003");
    world.report(third, answered(yes()));
    assert_eq!(world.engine.relayed(caller), Some(third));
    world.hang_up(third);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn no_device_is_tried_twice() {
    let mut world = World::new();
    let caller = world.dial(1, "1002");
    let first = world.offered();
    redirect(&mut world, first, &["1003"]);
    let (second, _) = next(&mut world);
    redirect(&mut world, second, &["1002"]);
    world.cleared(caller, Reason::RedirectionLimit);
    world.over(Outcome::Refused, Reason::RedirectionLimit);
}

#[test]
fn a_redirection_that_leads_nowhere_says_so() {
    let mut world = World::new();
    let caller = world.dial(1, "1002");
    let first = world.offered();
    redirect(&mut world, first, &["999", ""]);
    world.cleared(caller, Reason::Redirected);
    world.over(Outcome::Refused, Reason::Redirected);
}

#[test]
fn five_redirections_are_followed() {
    let mut site = site::site();
    for trunk in site.trunks.values_mut() {
        (trunk.follow_redirects, trunk.transit, trunk.max_calls) = (true, true, None);
    }
    let mut world = World::with(site, config());
    let caller = world.dial(1, "04711");
    for _ in 0..5 {
        let (over, _) = next(&mut world);
        redirect(&mut world, over, &["04712"]);
    }
    let (last, _) = next(&mut world);
    redirect(&mut world, last, &["04713"]);
    world.cleared(caller, Reason::RedirectionLimit);
    world.over(Outcome::Refused, Reason::RedirectionLimit);
}

#[test]
fn a_trunk_that_redirects_is_followed_only_when_the_site_says_so() {
    for follow in [false, true] {
        let mut site = site::site();
        for trunk in site.trunks.values_mut() {
            trunk.follow_redirects = follow;
        }
        let mut world = World::with(site, config());
        let caller = world.dial(1, "04711");
        let over = world.offered();
        redirect(&mut world, over, &["1003"]);
        if follow {
            let offers = world.offers();
            let OfferTarget::Terminal { device, .. } = offers[0].1.target else { panic!("{offers:?}") };
            assert_eq!(device, DeviceId(3));
            world.report(offers[0].0, answered(yes()));
            world.hang_up(caller);
            world.over(Outcome::Answered, Reason::NormalClearing);
        } else {
            // The site's own next way is tried, and says the same.
            let second = world.offered();
            redirect(&mut world, second, &["1003"]);
            world.cleared(caller, Reason::Redirected);
            world.over(Outcome::Refused, Reason::Redirected);
        }
    }
}

#[test]
fn a_device_that_is_gone_redirects_with_no_rights_outside() {
    let mut world = World::new();
    let caller = world.dial(1, "1002");
    let first = world.offered();
    let mut site = site::site();
    site.extensions.retain(|_, extension| extension.device != DeviceId(2));
    world.input(exchange::Input::Directory(Arc::new(site)));
    redirect(&mut world, first, &["04711"]);
    world.cleared(caller, Reason::Redirected);
    world.over(Outcome::Refused, Reason::Redirected);
}
