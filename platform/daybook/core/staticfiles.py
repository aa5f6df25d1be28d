"""Static files in production: compressed, and named by their content so that browsers may keep them for ever."""

from typing import Any

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage

_BASE: Any = HashedFilesMixin


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Hashes the imports between our own modules too; third parties' scripts keep their text as it is."""

    support_js_module_import_aggregation = True
    _js_module_import_aggregation_patterns = ("js/*.js", _BASE._js_module_import_aggregation_patterns[1])
