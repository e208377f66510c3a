//! A layer of a test: most tests set nothing, and there are many of them.
//!
//! Owns: room that is taken when something is set. Does not: know what a layer has.

use std::ops::{Deref, DerefMut};
use std::sync::LazyLock;

use crate::settings::precedence::Layer;

/// A layer that takes no room while nothing in it is set.
#[derive(Debug, Clone, Default)]
pub struct SparseLayer(Option<Box<Layer>>);

impl Deref for SparseLayer {
    type Target = Layer;

    fn deref(&self) -> &Layer {
        static NOTHING: LazyLock<Layer> = LazyLock::new(Layer::default);
        self.0.as_deref().unwrap_or_else(|| &NOTHING)
    }
}

impl DerefMut for SparseLayer {
    fn deref_mut(&mut self) -> &mut Layer {
        self.0.get_or_insert_default()
    }
}

impl From<Layer> for SparseLayer {
    fn from(layer: Layer) -> SparseLayer {
        SparseLayer(Some(Box::new(layer)))
    }
}

impl PartialEq for SparseLayer {
    fn eq(&self, other: &SparseLayer) -> bool {
        **self == **other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_at_takes_no_room_and_what_is_set_stays() {
        let mut layer = SparseLayer::default();
        assert_eq!((layer.max_body.as_ref(), layer.0.is_none()), (None, true));
        assert_eq!(layer, SparseLayer(Some(Box::default())));
        layer.guards = Some(Box::default());
        assert!(layer.guards.is_some() && layer != SparseLayer::default());
    }
}
