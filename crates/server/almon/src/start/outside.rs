//! What the call thread hands to the media engine and the store.

use super::kept::open;
use crate::shard::driver::{Keep, Outside};
use ground::AlarmCode;
use media::EngineHandle;
use media_plan::MediaOrder;
use std::sync::Arc;
use store::Writer;

/// The media engine and the store's writer.
pub(super) struct Others {
    pub(super) engine: EngineHandle,
    pub(super) writer: Arc<Writer>,
}

impl Outside for Others {
    fn media(&mut self, order: MediaOrder) -> bool {
        self.engine.order(order).is_ok()
    }

    fn store(&mut self, item: Keep) {
        match item {
            Keep::Registration(write) => self.writer.register(write),
            Keep::Opened(record) => self.writer.open(open(&record)),
            Keep::Closed(record) => {
                let key = record.key;
                if !self.writer.close(record) {
                    tracing::error!(call = %key.call, "a call record was lost: the store does not keep up");
                }
            }
        }
    }

    fn alarm(&mut self, code: AlarmCode, active: bool) {
        let (alarm, severity) = (code.code(), code.severity());
        if active {
            tracing::error!(alarm, ?severity, "alarm");
        } else {
            tracing::info!(alarm, "alarm over");
        }
    }
}
