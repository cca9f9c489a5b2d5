//! Places in lists as types of their own, so that an edition's place cannot be used for a language's.

/// Defines a type for places in a list, which indexes vectors and slices.
macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug,
            serde::Serialize, serde::Deserialize,
        )]
        pub struct $name(u32);

        impl From<usize> for $name {
            fn from(at: usize) -> Self {
                Self(at as u32)
            }
        }

        impl From<$name> for usize {
            fn from(id: $name) -> Self {
                id.0 as Self
            }
        }

        impl<T> std::ops::Index<$name> for Vec<T> {
            type Output = T;

            fn index(&self, at: $name) -> &T {
                &self[usize::from(at)]
            }
        }

        impl<T> std::ops::Index<$name> for [T] {
            type Output = T;

            fn index(&self, at: $name) -> &T {
                &self[usize::from(at)]
            }
        }

        impl<T> std::ops::IndexMut<$name> for Vec<T> {
            fn index_mut(&mut self, at: $name) -> &mut T {
                &mut self[usize::from(at)]
            }
        }
    };
}

pub(crate) use index;

/// Counts like `enumerate`, in places of the type that is asked for.
pub trait Indexed: Iterator + Sized {
    /// Each item with its place.
    fn indexed<I: From<usize>>(self) -> impl Iterator<Item = (I, Self::Item)> {
        self.enumerate().map(|(at, item)| (I::from(at), item))
    }
}

impl<T: Iterator> Indexed for T {}
