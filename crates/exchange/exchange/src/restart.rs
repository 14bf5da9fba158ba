//! Going on after a restart: the state is back from a snapshot, and whoever handles media has to take up every leg again.

use crate::exchange::Exchange;
use crate::half::Half;
use crate::half::input::Timer;
use crate::vocabulary::input::Output;
use crate::vocabulary::report::LineKind;
use ground::{ConnectionId, Now};

impl Exchange {
    /// To be called once after a restart, when the state and the configuration are back: what the media of the old process was
    /// doing is forgotten, and the new one is ordered to take up every open leg: its ports and the stream that was played, what was
    /// negotiated, and what is to be heard. Ports that no leg uses are told anew by whoever binds them.
    pub fn restored(&mut self, now: Now) {
        let f = &mut self.facilities;
        f.now = now;
        // The process before may have given out numbers of which its journal does not know.
        f.identifiers.start_again(f.config.start_second);
        f.restarts = f.restarts.wrapping_add(1);
        let (resumed, vanished) = f.legs.restart();
        for leg in vanished {
            f.timers.cancel(&Timer::LegClose(leg));
        }
        f.outputs.extend(resumed.into_iter().map(Output::Media));
        for half in self.halves.values() {
            half.describe_legs(&mut self.facilities);
        }
        for half in self.halves.values() {
            half.hear_again(&mut self.facilities);
        }
    }

    /// The connections that were cleared and whose last word is awaited: a line that goes on from an earlier state than this may not know
    /// of the order.
    pub fn cleared(&self) -> impl Iterator<Item = (ConnectionId, LineKind)> {
        self.facilities.farewells.iter().map(|(id, farewell)| (*id, farewell.line))
    }

    /// All connections and their lines: those of calls in progress, and those that were cleared and whose last word is awaited.
    pub fn connections(&self) -> impl Iterator<Item = (ConnectionId, LineKind)> {
        let live = self.halves.values().flat_map(Half::connections);
        live.chain(self.facilities.farewells.iter().map(|(id, farewell)| (*id, farewell.line)))
    }
}
