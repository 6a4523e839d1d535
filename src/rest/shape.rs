//! The shape of an answer, for the API document.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, Ref, Schema};
use utoipa::{PartialSchema, ToSchema};

/// What a successful answer looks like.
#[derive(Clone)]
pub(super) struct Shape {
    /// The schema of the body.
    pub(super) body: RefOr<Schema>,
    /// The schemas that it refers to, by name.
    pub(super) parts: Vec<(String, RefOr<Schema>)>,
    /// Whether it is a page of a list.
    pub(super) is_list: bool,
}

impl Shape {
    /// One entity.
    pub(super) fn one<T: ToSchema>() -> Self {
        let name = T::name().into_owned();
        let mut parts = vec![(name.clone(), T::schema())];
        T::schemas(&mut parts);
        Self {
            body: Ref::from_schema_name(name).into(),
            parts,
            is_list: false,
        }
    }

    /// A page of entities.
    pub(super) fn list<T: ToSchema>() -> Self {
        let one = Self::one::<T>();
        Self {
            body: ArrayBuilder::new().items(one.body).into(),
            parts: one.parts,
            is_list: true,
        }
    }

    /// JSON that is described elsewhere.
    pub(super) fn any() -> Self {
        Self {
            body: serde_json::Value::schema(),
            parts: Vec::new(),
            is_list: false,
        }
    }
}
