//! The shape of an answer, for the API document.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder, Ref, Schema};
use utoipa::{PartialSchema, ToSchema};

/// What a successful answer looks like.
#[derive(Clone)]
pub(super) struct Shape {
    /// What an entity can be.
    forms: Vec<RefOr<Schema>>,
    /// The schemas that the forms refer to, by name.
    pub(super) parts: Vec<(String, RefOr<Schema>)>,
    /// Whether it is a list.
    pub(super) is_list: bool,
    /// Whether a list comes in pages.
    pub(super) is_paged: bool,
}

impl Shape {
    /// One entity.
    pub(super) fn one<T: ToSchema>() -> Self {
        Self::nothing().or::<T>()
    }

    /// A page of entities.
    pub(super) fn list<T: ToSchema>() -> Self {
        Self {
            is_list: true,
            is_paged: true,
            ..Self::one::<T>()
        }
    }

    /// All entities of a short list.
    pub(super) fn whole_list<T: ToSchema>() -> Self {
        Self {
            is_list: true,
            ..Self::one::<T>()
        }
    }

    /// No body.
    pub(super) fn nothing() -> Self {
        Self {
            forms: Vec::new(),
            parts: Vec::new(),
            is_list: false,
            is_paged: false,
        }
    }

    /// Whether there is no body.
    pub(super) fn is_nothing(&self) -> bool {
        self.forms.is_empty()
    }

    /// JSON that is described elsewhere.
    pub(super) fn any() -> Self {
        Self::of(serde_json::Value::schema())
    }

    /// A value that is no entity.
    pub(super) fn of(schema: RefOr<Schema>) -> Self {
        Self {
            forms: vec![schema],
            parts: Vec::new(),
            is_list: false,
            is_paged: false,
        }
    }

    /// The same, where an entity can also be one of these.
    #[must_use]
    pub(super) fn or<T: ToSchema>(mut self) -> Self {
        let name = T::name().into_owned();
        self.forms.push(Ref::from_schema_name(name.as_str()).into());
        self.parts.push((name, T::schema()));
        T::schemas(&mut self.parts);
        self
    }

    /// The schema of the body.
    pub(super) fn body(&self) -> RefOr<Schema> {
        let entity = match self.forms.as_slice() {
            [only] => only.clone(),
            forms => forms
                .iter()
                .cloned()
                .fold(AnyOfBuilder::new(), AnyOfBuilder::item)
                .into(),
        };
        if self.is_list {
            ArrayBuilder::new().items(entity).into()
        } else {
            entity
        }
    }
}
