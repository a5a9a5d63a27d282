//! Objects of the service, each declared as one table of its known fields.

/// Declares an object of the service. The table of its known fields gives the struct, `Serialize`,
/// `Deserialize`, the field list for errors (`FIELDS`), and `redact_fields`.
///
/// An optional field is an `Option`: missing and null are `None`, which is written as null. The
/// field `unknown` is added, which keeps all other fields.
macro_rules! record {
    (
        $(#[$attribute:meta])*
        pub struct $Record:ident = $expected:literal {
            required { $($(#[$required_doc:meta])* $required:ident: $Required:ty,)* }
            optional { $($(#[$optional_doc:meta])* $optional:ident: $Optional:ty,)* }
        }
    ) => {
        $(#[$attribute])*
        #[non_exhaustive]
        pub struct $Record {
            $($(#[$required_doc])* pub $required: $Required,)*
            $($(#[$optional_doc])* pub $optional: Option<$Optional>,)*
            /// The unknown fields, as received.
            pub unknown: $crate::UnknownFields,
        }

        impl $Record {
            /// The known fields.
            pub(crate) const FIELDS: &'static [$crate::model::field::KnownField] = {
                use $crate::model::field::{FieldType, KnownField};
                &[
                    $(KnownField::required(stringify!($required), <$Required>::JSON_TYPE),)*
                    $(KnownField::optional(stringify!($optional), <$Optional>::JSON_TYPE),)*
                ]
            };

            /// Creates an object without optional fields.
            fn with_required($($required: $Required),*) -> Self {
                Self {
                    $($required,)*
                    $($optional: None,)*
                    unknown: $crate::UnknownFields::default(),
                }
            }

            /// Redacts the key in all fields.
            fn redact_fields(&mut self, key: &$crate::ApiKey) {
                use $crate::model::field::FieldType;

                $(self.$required.redact(key);)*
                $(if let Some(value) = &mut self.$optional {
                    value.redact(key);
                })*
                self.unknown.redact(key);
            }
        }

        impl serde::Serialize for $Record {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;

                let mut map = serializer.serialize_map(None)?;
                $(map.serialize_entry(stringify!($required), &self.$required)?;)*
                $(map.serialize_entry(stringify!($optional), &self.$optional)?;)*
                self.unknown.serialize_into(&mut map)?;
                map.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $Record {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::model::json::object(deserializer)
            }
        }

        impl<'de> $crate::model::json::FromObject<'de> for $Record {
            const EXPECTED: &'static str = $expected;

            fn from_object<A: serde::de::MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
                use serde_json::value::RawValue;
                use $crate::model::field::FieldType;
                use $crate::model::json::{Field, FieldName};

                $(let mut $required = Field::<<$Required as FieldType>::Json>::new(stringify!($required));)*
                $(let mut $optional = Field::<<$Optional as FieldType>::Json>::new(stringify!($optional));)*
                let mut unknown = $crate::UnknownFields::default();
                while let Some(name) = map.next_key::<FieldName>()? {
                    match &*name {
                        $(stringify!($required) => $required.read(&mut map)?,)*
                        $(stringify!($optional) => $optional.read(&mut map)?,)*
                        name => unknown.push(name, &map.next_value::<Box<RawValue>>()?),
                    }
                }
                Ok(Self {
                    $($required: $required.required()?.into(),)*
                    $($optional: $optional.value.map(Into::into),)*
                    unknown,
                })
            }
        }
    };
}
pub(super) use record;
