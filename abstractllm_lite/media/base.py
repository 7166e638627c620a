"""What all media of this package share: one source, read once; its shapes; its dictionaries."""

from __future__ import annotations

import base64
import threading
from abc import abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from ..exceptions import FileProcessingError, InvalidParameterError
from .formats import Shape, shape_for
from .interface import MediaInput
from .sources import Access, Source, locate

if TYPE_CHECKING:
    from .trouble import Failure


class SourceInput(MediaInput):
    """Content of one source. It is read at most once, and no sooner than it is needed."""

    kind: ClassVar[str]
    failure: ClassVar[Failure] = FileProcessingError
    options: ClassVar[tuple[str, ...]] = ()  # attributes that its dictionaries keep

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "kind" in vars(cls):
            MediaInput._kinds[cls.kind] = cls

    def __init__(self, source: Any, mime_type: Any, name: Any, access: Access | None) -> None:
        for option, value in (("mime_type", mime_type), ("name", name)):
            if value is not None and not isinstance(value, str):
                raise InvalidParameterError(option, value)
        self.source = source
        self._access = access or Access()
        self._mime_type = mime_type
        self._source = source if isinstance(source, Source) else self._located(source)
        self.name = name or self._source.name
        self._lock = threading.RLock()

    def _located(self, source: Any) -> Source:
        return locate(source, self.failure, self._access, self.kind)

    @property
    def media_type(self) -> str:
        """The kind of content."""
        return self.kind

    @property
    def url(self) -> str | None:
        """The address that it was given as, if it was."""
        return self._source.url

    @property
    def has_place(self) -> bool:
        """Whether it came from a path or an address, so that `reference` leads back to it."""
        return bool(self._place())

    @property
    @abstractmethod
    def mime_type(self) -> str:
        """The media type, such as "image/png"."""

    @property
    def metadata(self) -> dict[str, Any]:
        """What is known of the content without reading it anew."""
        return {"media_type": self.kind, "mime_type": self.mime_type, **self._on_disk()}

    def _on_disk(self) -> dict[str, Any]:
        path = self._source.path
        try:
            told = path.stat() if path else None
        except (OSError, ValueError):
            told = None
        return {"file_size": told.st_size, "last_modified": told.st_mtime} if told else {}

    def to_provider_format(self, provider: str) -> Any:
        """The content in the shape that a provider takes; OpenAI's where the name is unknown."""
        shape = shape_for(provider)
        return shape(self) if callable(shape) else self._writers()[shape]()

    @abstractmethod
    def _writers(self) -> dict[Shape, Callable[[], Any]]:
        """What makes each shape."""

    @abstractmethod
    def load(self) -> None:
        """Read the content now, where that has not happened yet.

        Raises the class's failure for what cannot be read, or is not what it should be.
        """

    @property
    @abstractmethod
    def _facts(self) -> tuple[int, str]:
        """Size in bytes and sha256, known once it is loaded."""

    @abstractmethod
    def _bytes(self) -> bytes:
        """The content, once it is loaded."""

    def reference(self) -> dict[str, Any]:
        """Kind, place ("path" or "url"), media type, size in bytes and sha256, ready for JSON.

        Of an address that is not fetched, size and sha256 are None. Raises the class's failure for
        content that came from no place, such as bytes: only `embedded` keeps that.
        """
        place = self._place()
        if not place:
            raise self._source.trouble("came from no path or address: use embedded()")
        if "url" in place and not self._access.allow_fetch:
            return {**self._told(), **place, "size": None, "sha256": None}
        return {**self._measured(), **place}

    def embedded(self) -> dict[str, Any]:
        """The same with the content itself, in base64 under "content"; its place may be none."""
        measured = self._measured()
        content = base64.b64encode(self._bytes()).decode("ascii")
        return {**measured, **self._place(), "content": content}

    def _measured(self) -> dict[str, Any]:
        self.load()
        size, sha256 = self._facts
        return {**self._told(), "size": size, "sha256": sha256}

    def _told(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in self.options}
        return {"kind": self.kind, "name": self.name, "media_type": self.mime_type, **own}

    def _place(self) -> dict[str, str]:
        if self._source.url:
            return {"url": self._source.url}
        return {"path": str(self._source.path)} if self._source.path else {}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], **access: Any) -> Self:
        """What `reference` or `embedded` gave; a referenced file must still be the same."""
        allowed = Access(**access)
        source = cls._kept(data, allowed)
        known = {name: data[name] for name in ("name", *cls.options) if name in data}
        media = cls(source, mime_type=data.get("media_type"), access=allowed, **known)
        if data.get("sha256") and (media.url is None or "content" in data or allowed.allow_fetch):
            media._check_same(str(data["sha256"]))
        return media

    @classmethod
    def _kept(cls, data: Mapping[str, Any], access: Access) -> Any:
        """The source that a dictionary tells of."""
        path, url, content = (data.get(name) for name in ("path", "url", "content"))
        if not all(each is None or isinstance(each, str) for each in (path, url, content)):
            raise cls.failure("a kept file's path, url and content are texts")
        if content is not None:
            source = locate(f"data:;base64,{content}", cls.failure, access)
            source.path, source.url = Path(path) if path else None, url
            return source
        if not path and not url:
            raise cls.failure(f"'{data.get('name')}' was kept without content, path or address")
        if path and not data.get("sha256"):  # it might name any file of this machine
            raise cls.failure(f"'{path}' was kept without its sha256: it is not read")
        return Path(path) if path else url

    def _check_same(self, sha256: str) -> None:
        self.load()
        if self._facts[1] != sha256:
            raise self._source.trouble("has changed since it was referred to (its sha256 differs)")

    def __reduce__(self) -> tuple[Any, ...]:
        unread = self.url and not self._access.allow_fetch
        return _rebuilt, (type(self), self.reference() if unread else self.embedded())


def _rebuilt(cls: type[SourceInput], data: Mapping[str, Any]) -> SourceInput:
    return cls.from_dict(data)
