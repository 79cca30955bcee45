//! Closed lists of words in columns of text.

/// Declares an enum that is a closed list of words: in JSON, in the API document, in `FromStr` and `Into<&'static str>`, and in
/// columns of text it is the word of its variant, in lower case with underscores.
///
/// A stored word that is not in the list is a fault of the program or of the database, never of a caller: requests are parsed before.
#[macro_export]
macro_rules! closed_list {
    ($(#[$attribute:meta])* $sight:vis enum $name:ident { $($variants:tt)* }) => {
        #[derive(
            Debug,
            Clone,
            Copy,
            PartialEq,
            Eq,
            PartialOrd,
            Ord,
            ::serde::Serialize,
            ::serde::Deserialize,
            ::strum::EnumString,
            ::strum::IntoStaticStr,
            ::strum::VariantNames,
            ::diesel::AsExpression,
            ::diesel::FromSqlRow,
            ::utoipa::ToSchema,
        )]
        #[serde(rename_all = "snake_case")]
        #[strum(serialize_all = "snake_case")]
        #[diesel(sql_type = ::diesel::sql_types::Text)]
        $(#[$attribute])*
        $sight enum $name {
            $($variants)*
        }

        impl<DB> ::diesel::deserialize::FromSql<::diesel::sql_types::Text, DB> for $name
        where
            DB: ::diesel::backend::Backend,
            String: ::diesel::deserialize::FromSql<::diesel::sql_types::Text, DB>,
        {
            fn from_sql(value: DB::RawValue<'_>) -> ::diesel::deserialize::Result<Self> {
                let word = <String as ::diesel::deserialize::FromSql<::diesel::sql_types::Text, DB>>::from_sql(value)?;
                word.parse().map_err(|_| format!("`{word}` is none of the words of {}", stringify!($name)).into())
            }
        }

        impl<DB> ::diesel::serialize::ToSql<::diesel::sql_types::Text, DB> for $name
        where
            DB: ::diesel::backend::Backend,
            str: ::diesel::serialize::ToSql<::diesel::sql_types::Text, DB>,
        {
            fn to_sql<'b>(
                &'b self,
                out: &mut ::diesel::serialize::Output<'b, '_, DB>,
            ) -> ::diesel::serialize::Result {
                let word: &'static str = (*self).into();
                ::diesel::serialize::ToSql::<::diesel::sql_types::Text, DB>::to_sql(word, out)
            }
        }
    };
}
