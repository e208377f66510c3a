//! What budgets, breakers and rates did, on the wire.

use serde::{Deserialize, Serialize};

use crate::retry::{BreakerFigures, GuardFigures, RateFigures};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireGuards {
    granted: Option<u64>,
    refused: u64,
    breakers: Vec<WireBreaker>,
    #[serde(default)]
    rates: Vec<WireRate>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireBreaker {
    origin: String,
    opened: u64,
    refused: u64,
    is_open: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireRate {
    limit: String,
    sends: u64,
}

impl From<&GuardFigures> for WireGuards {
    fn from(figures: &GuardFigures) -> WireGuards {
        let breaker = |breaker: &BreakerFigures| WireBreaker {
            origin: breaker.origin.to_string(),
            opened: breaker.opened,
            refused: breaker.refused,
            is_open: breaker.is_open,
        };
        WireGuards {
            granted: figures.granted,
            refused: figures.refused,
            breakers: figures.breakers.iter().map(breaker).collect(),
            rates: figures.rates.iter().map(|rate| WireRate { limit: rate.limit.clone(), sends: rate.sends }).collect(),
        }
    }
}

impl From<WireGuards> for GuardFigures {
    fn from(figures: WireGuards) -> GuardFigures {
        let breaker = |breaker: WireBreaker| BreakerFigures {
            origin: breaker.origin.into(),
            opened: breaker.opened,
            refused: breaker.refused,
            is_open: breaker.is_open,
        };
        GuardFigures {
            granted: figures.granted,
            refused: figures.refused,
            breakers: figures.breakers.into_iter().map(breaker).collect(),
            rates: figures.rates.into_iter().map(|WireRate { limit, sends }| RateFigures { limit, sends }).collect(),
        }
    }
}
